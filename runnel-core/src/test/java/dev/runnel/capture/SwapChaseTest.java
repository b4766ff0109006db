package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.source.Swap.Chase;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A small checkpoint is followed to its end, for the commit behind it comes at once. */
class SwapChaseTest extends RigTest {

    private static final String FEW = "insert into t(x) select randomblob(1500) from generate_series(1,30)";

    private SqliteShell app() {
        return rig.app("pragma wal_autocheckpoint=0", "create table t(id integer primary key, x)");
    }

    @Test
    void theSwapComesBehindTheCheckpoint() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            for (int round = 1; round <= 20; round++) {
                app.run(FEW);
                rig.settle();
                assertThat(rig.capture().swapPending()).isTrue();
                CompletableFuture<String> answer = app.start("pragma wal_checkpoint(passive)");
                Chase chase;
                do {
                    chase = rig.capture().chaseSwap();
                } while (chase == Chase.GIVEN_UP);
                assertThat(chase).isEqualTo(Chase.SWAPPED);
                assertThat(rig.capture().swapPending()).isFalse();
                assertThat(answer.join()).matches("0\\|(\\d+)\\|\\1");
                app.run(FEW);
                rig.settle();
                assertThat(rig.capture().counts().resetsFollowed()).isEqualTo(round);
            }
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).as("but the first look").hasSize(1);
        }
    }

    /** What the gate guards is seen first. */
    @Test
    void aCommitThatWasNotSeenKeepsTheGate() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run(FEW);
            assertThat(app.run("pragma wal_checkpoint(passive)")).matches("0\\|(\\d+)\\|\\1");
            assertThat(rig.capture().chaseSwap()).isEqualTo(Chase.OVERTAKEN);
            assertThat(rig.capture().swapPending()).isTrue();
            rig.assertEqual(app);
        }
    }

    @Test
    void whereNobodyCheckpointsItIsGivenUp() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run(FEW);
            rig.settle();
            assertThat(rig.capture().chaseSwap()).isEqualTo(Chase.GIVEN_UP);
            assertThat(rig.capture().swapPending()).isTrue();
        }
    }

    /** SQLite's recovery leaves an index that looks as one does whose checkpointer was killed. */
    @Test
    void aCheckpointerThatIsGoneIsNeitherFollowedNorAwaited() throws IOException {
        try (SqliteShell app = app()) {
            app.run("insert into t(x) values (1)");
            app.kill();
        }
        try (SqliteShell app = rig.app()) {
            rig.attach();
            rig.capture().look();
            assertThat(Objects.requireNonNull(rig.capture().seen()).isBeingBackfilled())
                    .isTrue();
            assertThat(rig.capture().chaseSwap()).isEqualTo(Chase.GIVEN_UP);
            assertThat(rig.capture().swapPending()).isTrue();
            assertThat(rig.capture().swapAhead()).isFalse();
            assertThat(rig.capture().swapAhead()).isFalse();
            assertThat(app.run("pragma wal_checkpoint(passive)"))
                    .as("slot 0 is free")
                    .matches("0\\|(\\d+)\\|\\1");
            rig.assertEqual(app);
        }
    }
}
