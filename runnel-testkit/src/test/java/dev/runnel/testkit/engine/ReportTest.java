package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.report.Health;
import dev.runnel.report.State;
import dev.runnel.storage.FilterObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is not known, or is known not to work, is not reported as well. */
class ReportTest {

    private static final Health.Limits LIMITS = new Health.Limits(Duration.ofSeconds(3));

    private final EngineRig rig;

    ReportTest(@TempDir Path folder) {
        rig = new EngineRig(folder);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private Health health() {
        return Health.of(List.of(rig.report()), LIMITS, rig.time().now());
    }

    /** Everything is stored, but nothing is merged or deleted any more, because of a defect in a store. */
    @Test
    void aReplicaOfWhichAStepEndsInAnInternalErrorIsFailing() throws IOException {
        boolean[] broken = {true};
        rig.store(new FilterObjectStore(rig.store()) {
            @Override
            public void delete(Collection<String> keys) throws IOException {
                if (broken[0]) {
                    throw new IllegalStateException("this store has a defect");
                }
                super.delete(keys);
            }
        });
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(v)");
        rig.start();
        try (SqliteSession app = new SqliteSession(rig.database())) {
            for (int i = 0; i < 12; i++) {
                app.run("INSERT INTO t VALUES (" + i + ")");
                rig.pass(Duration.ofSeconds(30));
            }
            rig.sync();
            assertThat(rig.report().replicas().get(0).state()).isEqualTo(State.FAILING);
            assertThat(rig.reason()).contains("internal error", "this store has a defect");
            assertThat(health().healthy()).isFalse();
            broken[0] = false;
            rig.pass(Duration.ofMinutes(1));
            assertThat(health().complaints()).isEmpty();
        }
    }

    /** The monotonic clock of a suspended machine stands still, and with it every pause that was under way. */
    @Test
    void aVerificationThatIsOverdueBehindASuspensionComesSoon() {
        rig.verifyEvery(Duration.ofDays(1));
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(v)");
        rig.start();
        rig.sync();
        rig.pass(Duration.ofHours(1));
        assertThat(health().complaints()).isEmpty();
        rig.time().jump(Duration.ofDays(10));
        assertThat(health().complaints()).anyMatch(line -> line.contains("not verified for"));
        rig.pass(Duration.ofMinutes(11));
        assertThat(health().complaints()).isEmpty();
    }

    /** A writer stopped in the middle of a commit, with half of the header of the WAL-index written. */
    @Test
    void aWalIndexThatCannotBeReadCountsAsAChangeThatWaits() throws Exception {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(v)");
        try (SqliteSession app = new SqliteSession(rig.database())) {
            app.run("INSERT INTO t VALUES (1)");
            rig.start();
            rig.sync();
            rig.pass(Duration.ofSeconds(10));
            assertThat(health().complaints()).isEmpty();
            app.run("BEGIN IMMEDIATE");
            overwriteFirstCopyOfTheHeader();
            rig.pass(Duration.ofSeconds(4));
            assertThat(health().complaints()).anyMatch(complaint -> complaint.contains("not been captured"));
        }
    }

    /** In a process of its own: this one would lose its locks. */
    private void overwriteFirstCopyOfTheHeader() throws IOException, InterruptedException {
        Process dd = new ProcessBuilder(
                        "dd", "if=/dev/zero", "of=" + rig.database() + "-shm", "bs=48", "count=1", "conv=notrunc")
                .redirectErrorStream(true)
                .start();
        assertThat(dd.waitFor()).isZero();
    }
}
