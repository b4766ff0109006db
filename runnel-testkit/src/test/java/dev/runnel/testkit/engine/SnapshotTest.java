package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.restore.RestorePlanner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots that are taken while an application writes. */
class SnapshotTest {

    private final EngineRig rig;

    SnapshotTest(@TempDir Path folder) {
        rig = new EngineRig(folder);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /** The cut that closes the snapshot is stored as well, so that the loss of one object is the loss of no state. */
    @Test
    void aChainGoesPastEverySnapshot() throws IOException {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(v)");
        rig.snapshotInterval(Duration.ofMinutes(1)).start();
        rig.sync();
        TxId newest;
        try (SqliteSession app = new SqliteSession(rig.database())) {
            for (int i = 0; i < 700; i++) {
                app.run("INSERT INTO t VALUES (" + i + ")");
                rig.pass(Duration.ofMillis(300));
            }
            newest = rig.sync();
        }
        ReplicaArchive archive = new ReplicaArchive(rig.store(), ReplicaLayout.files(""));
        Manifest all = archive.load();
        List<LtxFile> later = all.files(Level.SNAPSHOT).stream()
                .filter(file -> file.max().value() > 1)
                .toList();
        assertThat(later).hasSizeGreaterThan(1);
        assertThat(RestorePlanner.reachable(all.without(later))).contains(newest);
    }
}
