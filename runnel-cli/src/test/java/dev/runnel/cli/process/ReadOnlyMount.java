package dev.runnel.cli.process;

/** Makes mounts of a namespace read-only, in the words of a shell. */
final class ReadOnlyMount {

    private ReadOnlyMount() {}

    /**
     * A command that makes the mounts read-only, and ends the shell with 90 if it cannot. A mount is busy for as long as
     * anything is being closed that was open for writing there, if only by the command before.
     */
    static String of(Object... mounts) {
        StringBuilder script = new StringBuilder("tries=0\n");
        for (Object mount : mounts) {
            script.append("until mount -o remount,bind,ro '")
                    .append(mount)
                    .append("'; do tries=$((tries + 1)); test $tries -lt 500 || exit 90; done\n");
        }
        return script.toString();
    }
}
