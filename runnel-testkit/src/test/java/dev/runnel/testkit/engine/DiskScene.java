package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.testkit.volume.SmallVolume;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** An application on a disk with room, an engine beside it, and a volume that fills up, with the engine's state on it. */
final class DiskScene implements Closeable {

    private final EngineRig rig;
    private final SmallVolume volume;
    private final SqliteSession application;

    /** @param kilobytes size of the volume */
    DiskScene(Path folder, int kilobytes) throws IOException {
        rig = new EngineRig(folder);
        volume = SmallVolume.mount(folder.resolve("volume"), kilobytes);
        rig.state(volume.path("state"));
        application = new SqliteSession(rig.database());
        application.run("PRAGMA journal_mode=wal");
        application.run("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB)");
    }

    EngineRig rig() {
        return rig;
    }

    SmallVolume volume() {
        return volume;
    }

    /** A commit of so many pages that do not compress, the same ones each time. */
    void write(int pages) {
        application.run("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < " + pages
                + ") INSERT OR REPLACE INTO t SELECT x, randomblob(3500) FROM c");
    }

    /** A commit of so many more pages that do not compress. */
    void append(int pages) {
        application.run("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < " + pages
                + ") INSERT INTO t(data) SELECT randomblob(3500) FROM c");
    }

    /** Starts the engine on a database of 50 pages, and has it stored. */
    void startStored() {
        rig.start();
        write(50);
        rig.sync();
    }

    long walSize() throws IOException {
        Path wal = rig.database().resolveSibling("app.db-wal");
        return Files.exists(wal) ? Files.size(wal) : 0;
    }

    /** Bytes of the cuts in the state directory. */
    long spooled() throws IOException {
        try (Stream<Path> files = Files.list(rig.state().resolve("ltx/0"))) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    /** Files on the volume whose path matches. */
    Stream<String> filesMatching(String pattern) throws IOException {
        try (Stream<Path> tree = Files.walk(volume.path(""))) {
            return tree.map(Path::toString).filter(path -> path.matches(pattern)).toList().stream();
        }
    }

    /** Asserts that everything gets stored, and that health has nothing to say. */
    TxId requireStored() throws IOException {
        TxId txId = rig.sync();
        rig.assertStored(txId);
        assertThat(rig.report().state()).isEqualTo(State.OK);
        return txId;
    }

    @Override
    public void close() {
        rig.close();
        application.close();
        volume.close();
    }
}
