package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a damaged snapshot costs, and what it does not. */
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

    private byte[] bytes(String key) throws IOException {
        try (InputStream in = rig.faults().open(key, 0, rig.faults().head(key).size())) {
            return in.readAllBytes();
        }
    }

    private void put(String key, byte[] bytes) throws IOException {
        rig.faults().put(key, ObjectBody.of(bytes), PutCondition.any(), null);
    }

    private void damage(String key) throws IOException {
        byte[] bytes = bytes(key);
        bytes[bytes.length / 2] ^= 1;
        put(key, bytes);
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

    /** One whose header does not tell its time is no reason to go on with a listing that has turned out to be old. */
    @Test
    void aLateFileIsSettledAllTheSame() throws IOException {
        rig.start();
        rig.sync();
        insert();
        TxId late = insert();
        rig.stop();
        String key = "ltx/0/" + late + "-" + late + ".ltx";
        byte[] bytes = bytes(key);
        rig.faults().delete(List.of(key));
        put(rig.keys("ltx/9/").get(0), new byte[1000]);
        rig.loseState();
        rig.sql("INSERT INTO t VALUES (100)");
        AtomicBoolean arrived = new AtomicBoolean();
        rig.store(new FilterObjectStore(rig.store()) {
            @Override
            public ObjectEntry put(String to, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                    throws IOException {
                if (to.equals(key) && !arrived.getAndSet(true)) {
                    DamagedSnapshotTest.this.put(key, bytes);
                }
                return super.put(to, body, condition, timestamp);
            }
        });
        rig.start();
        rig.sync();
        assertThat(arrived).isTrue();
        rig.pass(Duration.ofMinutes(1)); // verification asks for another snapshot
        TxId newest = rig.sync();
        assertThat(SqliteSession.once(rig.restore(newest), ".dump")).isEqualTo(rig.sql(".dump"));
    }
}
