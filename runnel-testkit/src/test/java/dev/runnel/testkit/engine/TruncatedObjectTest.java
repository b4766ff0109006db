package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An object of a replica that loses its end while an engine runs that knows its length from before. */
class TruncatedObjectTest {

    private final EngineRig rig;

    TruncatedObjectTest(@TempDir Path folder) {
        rig = new EngineRig(folder);
    }

    @BeforeEach
    void begin() {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        rig.snapshotInterval(Duration.ofHours(1)).start();
        write();
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private TxId write() {
        rig.sql("INSERT INTO t(v) VALUES (hex(randomblob(500)))");
        return rig.sync();
    }

    private ReplicaReport replica() {
        return rig.report().replicas().get(0);
    }

    /** Without the local copy, so that it has to be read from the replica. */
    private String truncate(TxId txId, int left) throws IOException {
        String key = "ltx/0/" + txId + "-" + txId + ".ltx";
        Path local = rig.state().resolve(key);
        byte[] bytes = Files.readAllBytes(local);
        Files.delete(local);
        rig.store().put(key, ObjectBody.of(Arrays.copyOf(bytes, left)), PutCondition.any(), null);
        return key + ": corrupt at byte " + left + ": expected " + bytes.length + " bytes, as it was stored, found "
                + left + " bytes";
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 50, 0})
    void itIsToldAsDamagedAndWhatHelps(int left) throws IOException {
        String damage = truncate(write(), left);
        rig.pass(Duration.ofMinutes(2));
        assertThat(replica().state()).isEqualTo(State.FAILING);
        assertThat(replica().reason())
                .contains(damage)
                .contains("until the next snapshot stands in for it")
                .contains("runnel scrub");
    }

    @Test
    void whatComesAfterItIsMergedWhenASnapshotStandsIn() throws IOException {
        truncate(write(), 300);
        rig.pass(Duration.ofHours(2));
        assertThat(replica().state()).as(rig.reason()).isEqualTo(State.OK);
        for (int i = 0; i < 3; i++) {
            write();
            rig.pass(Duration.ofMinutes(5));
        }
        rig.pass(Duration.ofHours(3));
        assertThat(replica().state()).as(rig.reason()).isEqualTo(State.OK);
        assertThat(rig.keys("ltx/1/")).isNotEmpty();
        rig.assertStored(write());
    }
}
