package dev.runnel.cli.daemon;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which daemon: both sides of a socket derive it from what they were called with. A configuration file counts by its
 * absolute path as it was named; symbolic links in it stay, because tools that replace a configuration behind a link
 * (Kubernetes does) would otherwise make a stranger of a daemon that runs.
 *
 * @param description for messages: {@code the daemon of /etc/litestream.yml}
 * @param digest distinct for each, 16 hexadecimal digits
 */
public record DaemonId(String description, String digest) {

    /** The daemon of a configuration file, absolute. */
    public static DaemonId ofConfig(Path file) {
        Path name = file.normalize();
        return new DaemonId("the daemon of " + name, digest("config:" + name));
    }

    /** The daemon of databases that were given on the command line, absolute. */
    public static DaemonId ofDatabases(List<Path> databases) {
        String names = databases.stream().map(Path::toString).sorted().collect(Collectors.joining(", "));
        return new DaemonId("the daemon of " + names, digest("databases:" + names));
    }

    /** FNV-1a: it must only tell apart, and the classes of a cryptographic one would cost each health check some time. */
    private static String digest(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return String.format("%016x", hash);
    }
}
