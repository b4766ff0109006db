package dev.runnel.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What Linux names each of its runs by: the same in every container of a machine, another one after each start of it. */
final class BootId {

    private static final Path SOURCE = Path.of("/proc/sys/kernel/random/boot_id");

    private BootId() {}

    /** That of this run, a UUID; null where the system has none. */
    static @Nullable String read() {
        try {
            String id = new String(Files.readAllBytes(SOURCE), StandardCharsets.ISO_8859_1).strip();
            return id.matches("[0-9a-fA-F-]{36}") ? id : null;
        } catch (IOException e) {
            return null; // not Linux, or a sandbox that hides it
        }
    }
}
