#!/bin/sh
# Entry point of a container that has application and Runnel in one (Fly.io, Render and the like): restores the database
# where the disk is new, then runs the application as a child of Runnel. SIGTERM goes to the application first; when
# it has ended, Runnel stores what is left.
#
# In the image of the application, which must have glibc as Debian's and Ubuntu's have it:
#
#   COPY --from=runnel /opt/runnel /opt/runnel
#   COPY app.yml /etc/runnel.yml
#   ENTRYPOINT ["/opt/runnel/entrypoint.sh"]
#   CMD ["bin/server", "--port", "8080"]
#
# with `runnel` built before (docker build -t runnel . in Runnel's repository; nobody publishes it yet). It brings its
# own JVM.
set -eu

PATH=$PATH:$(dirname -- "$0")

if [ "$#" -eq 0 ]; then
	echo "Error: no command; write entrypoint.sh COMMAND [ARGUMENT...]" >&2
	exit 1
fi

# Each argument in quotes: -exec takes one text and splits it as a shell does.
command=
for word in "$@"; do
	command="$command '$(printf '%s' "$word" | sed "s/'/'\\\\''/g")'"
done

runnel restore -if-db-not-exists -if-replica-exists "${DB_PATH:-/data/app.db}"
exec runnel replicate -exec "$command"
