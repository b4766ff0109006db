package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.source.KernelLocks;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A transaction too large for its cache is written before it is committed; the checkpoint behind it must not be skipped. */
class LargeTransactionTest extends RigTest {

    private static final long MILLI = 1_000_000;
    private static final String FILL = "insert into t(x) select randomblob(1500) from generate_series(1,300)";

    private SqliteShell app() {
        return rig.app("pragma cache_size=5", "create table t(id integer primary key, x)");
    }

    private static void assertWholeCheckpoint(SqliteShell app) {
        assertThat(app.run("pragma wal_checkpoint(passive)")).matches("0\\|(\\d+)\\|\\1");
    }

    @Test
    void theCheckpointBehindATransactionThatResetTheWal() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            for (int i = 0; i < 5; i++) {
                assertWholeCheckpoint(app);
                rig.settle();
                assertThat(rig.capture().swapPending())
                        .as("the WAL may be reset")
                        .isFalse();
                app.run("begin");
                app.run(FILL);
                rig.capture().look();
                app.run("commit");
                assertWholeCheckpoint(app);
            }
            assertThat(rig.capture().counts().resetsFollowed()).isGreaterThanOrEqualTo(4);
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Continuity.Reason.NO_POSITION);
        }
    }

    /** It was too early for this one: the WAL was backfilled only when it had begun to write. */
    @Test
    void theCheckpointBehindATransactionThatCameTooEarly() throws IOException {
        try (SqliteShell app = app();
                SqliteShell other = rig.app()) {
            rig.attach();
            rig.capturedAll();
            app.run("begin");
            app.run(FILL);
            assertWholeCheckpoint(other);
            rig.capture().look();
            assertThat(rig.capture().swapPending())
                    .as("too late for this transaction")
                    .isTrue();
            app.run("commit");
            assertWholeCheckpoint(app);
            rig.assertEqual(app);
        }
    }

    /** It computes, changes pages again that it has written, or waits for the disk: nothing is to be seen in the WAL. */
    @Test
    void aTransactionThatIsSilentForLong() throws IOException {
        try (SqliteShell app = app();
                SqliteShell other = rig.app()) {
            rig.attach();
            rig.capturedAll();
            app.run("begin");
            app.run(FILL);
            assertWholeCheckpoint(other);
            for (int second = 0; second < 100; second++) {
                rig.capture().look();
                rig.time.advance(1_000 * MILLI);
                assertThat(rig.capture().swapPending()).isTrue();
            }
            app.run("commit");
            assertWholeCheckpoint(app);
            rig.assertEqual(app);
        }
    }

    /** In a process namespace of its own, an application cannot be seen to write. */
    @Test
    void whereNoLocksAreShownAnAllowanceIsMadeForTheDisk() throws IOException {
        rig.kernelLocks = new KernelLocks(directory.resolve("none"), 0);
        try (SqliteShell app = app();
                SqliteShell other = rig.app()) {
            rig.attach();
            rig.capturedAll();
            app.run("begin");
            app.run("insert into t(x) select randomblob(1500) from generate_series(1,30000)"); // 60 MB
            assertWholeCheckpoint(other);
            rig.capture().look();
            rig.time.advance(250 * MILLI);
            rig.capture().look();
            assertThat(rig.capture().swapPending()).isTrue();
            rig.time.advance(250 * MILLI);
            rig.capture().look();
            assertThat(rig.capture().swapPending()).isFalse();
            app.run("rollback");
        }
    }

    /** A checkpoint is seen to be at work while it is. */
    @Test
    void theCheckpointBehindIt() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            boolean seen = false;
            for (int round = 0; round < 100 && !seen; round++) {
                app.run("insert into t(x) select randomblob(1500) from generate_series(1,6000)");
                rig.settle();
                assertThat(rig.capture().swapAhead()).isFalse();
                CompletableFuture<String> answer = app.start("pragma wal_checkpoint(passive)");
                while (!answer.isDone()) {
                    rig.capture().look();
                    seen |= rig.capture().swapAhead();
                }
                assertThat(answer.join()).matches("0\\|(\\d+)\\|\\1");
                rig.settle();
                assertThat(rig.capture().swapAhead()).isFalse();
            }
            assertThat(seen).isTrue();
            rig.assertEqual(app);
        }
    }

    /** Who waits for a reset with a checkpoint of his own waits for a few looks. */
    @Test
    void framesThatWereRolledBackDoNotCountForLong() throws IOException {
        try (SqliteShell app = app();
                SqliteShell other = rig.app()) {
            rig.attach();
            rig.capturedAll();
            app.run("begin");
            app.run(FILL);
            assertWholeCheckpoint(other);
            rig.capture().look();
            assertThat(rig.capture().swapPending()).isTrue();
            app.run("rollback");
            for (int look = 0; look < 10; look++) {
                rig.time.advance(4 * MILLI);
                rig.capture().look();
            }
            assertThat(rig.capture().swapPending()).isFalse();
            assertThat(rig.whileLooking(app, "pragma wal_checkpoint(truncate)")).startsWith("0|");
            rig.assertEqual(app);
        }
    }
}
