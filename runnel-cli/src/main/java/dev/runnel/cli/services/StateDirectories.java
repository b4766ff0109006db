package dev.runnel.cli.services;

import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.engine.DatabaseSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** Where the local state of a database stands. */
final class StateDirectories {

    private static final Path SYSTEM = Path.of("/var/lib/runnel");

    private final Map<String, String> environment;

    StateDirectories(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * The configured directory; else the one beside the database, as Litestream has it, if that is there or can be made;
     * else a folder of its own below {@code RUNNEL_STATE_DIR}, {@code XDG_STATE_HOME/runnel}, {@code /var/lib/runnel} or
     * the directory for temporary files, whichever comes first and can be written.
     */
    Path of(DatabaseConfig database) {
        if (database.stateDir() != null) {
            return database.stateDir();
        }
        Path beside = DatabaseSettings.defaultStateDirectory(database.path());
        Path parent = database.path().getParent();
        if (Files.isDirectory(beside) ? Files.isWritable(beside) : parent == null || canHold(parent)) {
            return beside;
        }
        for (Path base : elsewhere()) {
            if (canHold(base)) {
                return base.resolve(folder(database.path()));
            }
        }
        return beside; // and the failure to write there says what to do
    }

    /** Whether a directory can be made below this one, which need not exist either. */
    private static boolean canHold(Path directory) {
        Path existing = directory;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return Files.isDirectory(existing) && Files.isWritable(existing);
    }

    private List<Path> elsewhere() {
        List<Path> bases = new ArrayList<>();
        addIfSet(bases, "RUNNEL_STATE_DIR", "");
        addIfSet(bases, "XDG_STATE_HOME", "runnel");
        bases.add(SYSTEM);
        bases.add(Path.of(System.getProperty("java.io.tmpdir"), "runnel-" + System.getProperty("user.name")));
        return bases;
    }

    private void addIfSet(List<Path> bases, String variable, String below) {
        String value = environment.get(variable);
        if (value != null && !value.isEmpty()) {
            bases.add(Path.of(value).resolve(below));
        }
    }

    /** One folder for each path: readable, and distinct. */
    private static String folder(Path database) {
        CRC32 crc = new CRC32();
        crc.update(database.toString().getBytes(StandardCharsets.UTF_8));
        String readable = database.toString().replaceAll("[^A-Za-z0-9.]+", "-").replaceAll("^-", "");
        String tail = readable.length() > 80 ? readable.substring(readable.length() - 80) : readable;
        return tail + "-" + String.format("%08x", crc.getValue());
    }
}
