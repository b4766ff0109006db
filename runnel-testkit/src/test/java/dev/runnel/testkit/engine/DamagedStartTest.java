package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.engine.OnDivergence;
import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import dev.runnel.testkit.storage.StoreOperation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A start without local state in front of a replica that is damaged: the database is fine, and must be replicated. */
class DamagedStartTest {

    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    private EngineRig rig;
    private TxId before = TxId.FIRST;

    /** What became of a file. */
    enum Damage {
        EMPTY,
        CUT_OFF,
        FLIPPED;

        byte[] of(byte[] bytes) {
            byte[] copy = Arrays.copyOf(bytes, this == EMPTY ? 0 : this == CUT_OFF ? bytes.length / 2 : bytes.length);
            if (this == FLIPPED) {
                copy[copy.length / 2] ^= 1;
            }
            return copy;
        }
    }

    @BeforeEach
    void begin(@TempDir Path folder) throws IOException {
        rig = new EngineRig(folder);
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        rig.sql("INSERT INTO t(v) VALUES (hex(randomblob(9000)))");
        rig.start();
        rig.sync();
        rig.sql("INSERT INTO t(v) VALUES (hex(randomblob(9000)))");
        before = rig.sync();
        rig.sql("INSERT INTO t(v) VALUES (hex(randomblob(9000)))");
        rig.sync();
        rig.stop();
        rig.loseState();
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private void damage(String folder, Damage damage) throws IOException {
        String key = rig.keys("").stream()
                .filter(name -> name.contains(folder))
                .max(String::compareTo)
                .orElseThrow();
        byte[] bytes;
        try (InputStream in = rig.store().openWhole(key, rig.store().head(key).size())) {
            bytes = in.readAllBytes();
        }
        rig.store().put(key, ObjectBody.of(damage.of(bytes)), PutCondition.any(), rig.now());
        rig.store().reset();
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void theNewestFileIsDamaged(Damage damage) throws IOException {
        damage("ltx/0/", damage);
        rig.start();
        TxId stored = rig.sync();
        rig.assertStored(stored);
        assertThat(rig.restore(before)).exists();
        rig.pass(A_MINUTE);
        assertThat(rig.report().replicas().get(0).state()).isEqualTo(State.OK);
        rig.sql("INSERT INTO t(v) VALUES ('later')");
        rig.assertStored(rig.sync());
    }

    /** Whoever demands continuity is told, and nobody reads the replica again and again. */
    @ParameterizedTest
    @EnumSource(Damage.class)
    void whoDemandsContinuityIsToldThatNothingCanBeCompared(Damage damage) throws IOException {
        damage("ltx/0/", damage);
        rig.onDivergence(OnDivergence.FAIL);
        rig.start();
        rig.pass(A_MINUTE.multipliedBy(30));
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason()).contains("is not known to continue", "cannot be read");
        assertThat(rig.puts()).isEmpty();
        assertThat(rig.store().calls(StoreOperation.OPEN))
                .filteredOn(call -> call.key().startsWith("pages/"))
                .as("readings of the page map")
                .hasSize(1);
    }
}
