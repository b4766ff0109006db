package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot that was found damaged, and cannot be replaced because the database is gone, too. */
class DamagedSnapshotTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private EngineRig rig;

    @BeforeEach
    void begin(@TempDir Path folder) {
        rig = new EngineRig(folder).verifyEvery(HOUR.multipliedBy(7));
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(n INTEGER)", "INSERT INTO t VALUES (1)");
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private TxId insert() {
        rig.sql("INSERT INTO t SELECT max(n) + 1 FROM t");
        return rig.sync();
    }

    private void damage(String key) throws IOException {
        byte[] bytes;
        try (InputStream in = rig.faults().open(key, 0, rig.faults().head(key).size())) {
            bytes = in.readAllBytes();
        }
        bytes[bytes.length / 2] ^= 1;
        rig.faults().put(key, ObjectBody.of(bytes), PutCondition.any(), null);
    }

    private TxId damagedAndAlone() throws IOException {
        rig.start();
        rig.sync();
        for (int i = 0; i < 4; i++) {
            rig.pass(HOUR.multipliedBy(5));
            insert();
        }
        rig.pass(HOUR.multipliedBy(3).plusMinutes(30));
        insert();
        rig.pass(Duration.ofMinutes(1));
        List<String> snapshots = rig.keys("ltx/9/");
        assertThat(snapshots).as("the first, and those of the second day").hasSizeGreaterThan(1);
        for (String snapshot : snapshots.subList(1, snapshots.size())) {
            damage(snapshot);
        }
        TxId newest = insert();
        rig.deleteDatabase();
        rig.pass(HOUR.multipliedBy(7));
        assertThat(rig.report().replicas().get(0).verification().failure())
                .as("verification found it")
                .isNotNull();
        return newest;
    }

    private void assertRestores(TxId newest) throws IOException {
        assertThat(SqliteSession.once(rig.restore(newest), "SELECT max(n) FROM t"))
                .isEqualTo("7");
    }

    @Test
    void theLastGoodOneIsNotDeletedOnItsBehalf() throws IOException {
        TxId newest = damagedAndAlone();
        rig.pass(HOUR.multipliedBy(26));
        assertRestores(newest);
    }

    @Test
    void norByTheNextProcess() throws IOException {
        TxId newest = damagedAndAlone();
        rig.kill();
        rig.time().advanceTo(rig.time().elapsed() + HOUR.multipliedBy(26).toNanos());
        rig.start();
        rig.pass(HOUR);
        assertRestores(newest);
    }
}
