package dev.runnel.cli.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A container without an engine: a root file system of its own, mounted read-only with nothing that can be written to but
 * the volumes it is given, processes of its own, the first of which has the number 1, and a user without any privilege.
 * The network is that of the machine.
 */
final class Container {

    /**
     * Mounts, and becomes the process that is to run. Arguments: the image, where to make the root of the container, the
     * user, volumes (from, to, options), --, the command.
     */
    private static final String MOUNTS = """
            set -e
            remount() { # busy for as long as anything is being closed that was open for writing there
                tries=0
                until mount -o "remount,bind,$1" "$2"; do tries=$((tries + 1)); test $tries -lt 500; done
            }
            root=$(mktemp -d "$2/container-XXXXXX")/root user=$3
            cp -al "$1" "$root"
            shift 3
            mount --bind "$root" "$root"
            mount -t proc proc "$root/proc"
            mount -t tmpfs -o mode=755 tmpfs "$root/dev"
            for device in null zero random urandom; do
                : >"$root/dev/$device"
                mount --bind "/dev/$device" "$root/dev/$device"
            done
            while [ "$1" != -- ]; do
                if [ -d "$1" ]; then
                    mkdir -p "$root$2"
                else
                    : >>"$root$2"
                fi
                mount --bind "$1" "$root$2"
                remount "$3" "$root$2"
                shift 3
            done
            shift
            remount ro "$root"
            exec chroot --userspec="$user" --groups= "$root" "$@"
            """;

    private final Scene scene;
    private final Image image;
    private final List<String> volumes = new ArrayList<>();
    private final Map<String, String> environment;
    private List<String> entryPoint;
    private String user;

    /** A container that can be started, and started again. */
    Container(Scene scene, Image image) {
        this.scene = scene;
        this.image = image;
        this.environment = new TreeMap<>(image.environment());
        this.entryPoint = image.entryPoint();
        this.user = image.user();
    }

    /** Another user, who need not be known: {@code uid:gid}. */
    Container user(String name) {
        user = name;
        return this;
    }

    /** A file or directory of this machine, which may be written to. */
    Container volume(Object from, String to) {
        volumes.addAll(List.of(from.toString(), to, "rw"));
        return this;
    }

    /** A file or directory of this machine, which is read-only in there. */
    Container readOnly(Object from, String to) {
        volumes.addAll(List.of(from.toString(), to, "ro"));
        return this;
    }

    Container set(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Container entryPoint(String... words) {
        entryPoint = List.of(words);
        return this;
    }

    /** A container that runs. */
    final class Running {

        private final Child outside;

        private Running(Child outside) {
            this.outside = outside;
        }

        /** Its output so far, for messages. */
        String output() {
            return outside.output();
        }

        /** Its first process, as it is numbered on this machine. */
        ProcessHandle first() {
            return Await.value(
                    "the first process",
                    () -> outside.process().children().findFirst().orElse(null),
                    outside::output);
        }

        /** Runs a command in it beside what runs there, as {@code docker exec} does. */
        Scene.Run exec(List<String> command) throws IOException {
            String[] ids = user.split(":");
            List<String> words = new ArrayList<>(
                    List.of("nsenter", "--target", Long.toString(first().pid()), "--mount", "--pid", "--root", "--wd"));
            words.addAll(List.of("--setuid", ids[0], "--setgid", ids[1]));
            words.addAll(inEnvironment(command));
            Child child = scene.startProcess(words);
            int code = child.awaitEnd();
            return new Scene.Run(code, child.out(), child.err());
        }

        /** Whether the health check is content. */
        Scene.Run health() throws IOException {
            return exec(image.healthCheck());
        }

        /** Has it end as {@code docker stop} does. Returns the exit code. */
        int stop() throws IOException {
            scene.startProcess(List.of("kill", "-TERM", Long.toString(first().pid())))
                    .awaitEnd();
            return outside.awaitEnd();
        }

        Child child() {
            return outside;
        }
    }

    /** Starts it, and leaves it running. It ends with the scene. */
    Running start(String... arguments) throws IOException {
        List<String> words =
                new ArrayList<>(List.of("unshare", "--mount", "--pid", "--fork", "--propagation", "private"));
        words.addAll(List.of(
                "sh",
                "-c",
                MOUNTS,
                "sh",
                image.root().toString(),
                scene.path("").toString(),
                user));
        words.addAll(volumes);
        words.add("--");
        List<String> command = new ArrayList<>(entryPoint);
        command.addAll(List.of(arguments));
        words.addAll(inEnvironment(command));
        Child child = scene.startProcess(words);
        // What it is the parent of would outlive it.
        scene.closing(() -> child.process().descendants().forEach(ProcessHandle::destroyForcibly));
        return new Running(child);
    }

    /** Runs it to its end. */
    Scene.Run run(String... arguments) throws IOException {
        Child child = start(arguments).child();
        int code = child.awaitEnd();
        return new Scene.Run(code, child.out(), child.err());
    }

    private List<String> inEnvironment(List<String> command) {
        List<String> words = new ArrayList<>(List.of("/bin/env", "-i"));
        environment.forEach((name, value) -> words.add(name + "=" + value));
        words.addAll(command);
        return words;
    }
}
