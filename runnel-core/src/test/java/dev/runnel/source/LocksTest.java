package dev.runnel.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testing.SqliteShell;
import dev.runnel.wal.WalState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The locks, as the kernel shows them, state by state, and what they do to the application. */
class LocksTest {

    private static final String SHARED = "READ 1073741826-1073742335";
    private static final String DEAD_MAN = "READ 128";
    private static final String GATE = "READ 127";
    private static final String SLOT_0 = "READ 123";

    @TempDir
    Path directory;

    private Path database = Path.of("");

    @BeforeEach
    void name() {
        database = directory.resolve("app.db");
    }

    private Path shm() {
        return Path.of(database + "-shm");
    }

    private Path wal() {
        return Path.of(database + "-wal");
    }

    private AttachedDatabase attach() throws IOException {
        return attach(KernelLocks.ofThisProcess());
    }

    private AttachedDatabase attach(KernelLocks kernelLocks) throws IOException {
        return AttachedDatabase.attach(database, new DescriptorRegistry(), kernelLocks);
    }

    private static Swap swap(AttachedDatabase attached) {
        WalGate gate = attached.gate();
        assertThat(gate).isNotNull();
        return new Swap(attached, gate);
    }

    private static WalState state(AttachedDatabase attached) throws IOException {
        for (int i = 0; i < 100_000; i++) {
            WalState state = attached.state();
            if (state != null) {
                return state;
            }
        }
        throw new AssertionError("no state to be had");
    }

    private SqliteShell app() {
        return SqliteShell.open(
                database, "pragma journal_mode=wal", "pragma wal_autocheckpoint=0", "create table if not exists t(x)");
    }

    /** An application and who watches it, in state A. */
    private final class Pair implements AutoCloseable {

        private final SqliteShell app = app();
        private final AttachedDatabase attached;
        private final Swap swap;

        Pair() throws IOException {
            attached = attach();
            swap = swap(attached);
            assertThat(swap.attach()).isTrue();
        }

        WalState state() throws IOException {
            return LocksTest.state(attached);
        }

        /** Goes to state B: everything is backfilled and seen. */
        void rest() throws IOException {
            app.run("pragma wal_checkpoint(passive)");
            swap.afterLook(state(), false);
        }

        Swap.Hold hold() throws IOException {
            Swap.Hold hold = swap.hold();
            assertThat(hold).isNotNull();
            return hold;
        }

        @Override
        public void close() throws IOException {
            attached.close();
            app.close();
        }
    }

    @Test
    void exactlyTheBytesOfAReadOnlyConnection() throws IOException {
        try (SqliteShell app = app()) {
            try (AttachedDatabase attached = attach()) {
                assertThat(ProcLocks.ours(database)).containsExactly(SHARED);
                assertThat(ProcLocks.ours(shm())).containsExactly(DEAD_MAN);
                Swap swap = swap(attached);
                assertThat(swap.attach()).isTrue();
                assertThat(ProcLocks.ours(shm())).containsExactly(GATE, DEAD_MAN);
                assertThat(swap.gateOnly()).isTrue();
                Swap.Hold hold = swap.hold();
                assertThat(hold).isNotNull();
                assertThat(ProcLocks.ours(shm())).containsExactly(SLOT_0, GATE, DEAD_MAN);
                swap.release(hold, state(attached));
                assertThat(ProcLocks.ours(shm())).containsExactly(GATE, DEAD_MAN);
                swap.letGo();
                assertThat(swap.attached()).isFalse();
                assertThat(ProcLocks.ours(shm())).containsExactly(DEAD_MAN);
                assertThat(ProcLocks.ours(wal())).isEmpty();
            }
            assertThat(ProcLocks.ours(database)).isEmpty();
            assertThat(ProcLocks.ours(shm())).isEmpty();
            assertThat(app.run("pragma wal_checkpoint(truncate)")).startsWith("0|");
        }
    }

    /** A → B only when everything seen is backfilled; B → A when anything is new; one of two locks at every moment. */
    @Test
    void theSwapStateByState() throws IOException {
        try (Pair pair = new Pair()) {
            pair.swap.afterLook(pair.state(), false);
            assertThat(ProcLocks.ours(shm())).as("nothing is backfilled").containsExactly(GATE, DEAD_MAN);

            pair.app.run("pragma wal_checkpoint(passive)");
            WalState backfilled = pair.state();
            pair.app.run("insert into t values(1)");
            pair.swap.afterLook(backfilled, false);
            assertThat(ProcLocks.ours(shm())).as("a commit came after the look").containsExactly(GATE, DEAD_MAN);

            pair.rest();
            assertThat(ProcLocks.ours(shm())).as("state B").containsExactly(SLOT_0, DEAD_MAN);
            assertThat(pair.swap.swaps()).isEqualTo(1);
            assertThat(pair.swap.gateOnly()).isFalse();
            assertThat(pair.swap.attached()).isTrue();

            WalState resting = pair.state();
            pair.swap.afterLook(resting, false);
            assertThat(ProcLocks.ours(shm())).as("nothing new").containsExactly(SLOT_0, DEAD_MAN);

            pair.app.run("insert into t values(2)");
            assertThat(pair.state().salts()).as("a reset is let through").isNotEqualTo(resting.salts());
            assertThat(pair.app.run("pragma wal_checkpoint(passive)"))
                    .as("but no backfill")
                    .matches("0\\|1\\|0");
            assertThat(ProcLocks.ours(shm())).containsExactly(SLOT_0, DEAD_MAN);
            pair.swap.afterLook(pair.state(), false);
            assertThat(ProcLocks.ours(shm())).as("state A").containsExactly(GATE, DEAD_MAN);
        }
    }

    @Test
    void aHoldInStateBReturnsToStateB() throws IOException {
        try (Pair pair = new Pair()) {
            pair.rest();
            Swap.Hold hold = pair.hold();
            assertThat(pair.swap.gateHeld()).isTrue();
            pair.swap.release(hold, pair.state());
            assertThat(ProcLocks.ours(shm())).containsExactly(SLOT_0, DEAD_MAN);
            hold = pair.hold();
            pair.app.run("insert into t values(1)");
            pair.swap.release(hold, pair.state());
            assertThat(ProcLocks.ours(shm())).as("something is new").containsExactly(GATE, DEAD_MAN);
        }
    }

    /** What a cut still has to read stands in frames, which the gate alone keeps. */
    @Test
    void inTheMiddleOfAHoldBackfillCanBeAllowed() throws IOException {
        try (Pair pair = new Pair()) {
            Swap.Hold hold = pair.hold();
            assertThat(pair.app.run("pragma wal_checkpoint(passive)"))
                    .as("no backfill under both locks")
                    .endsWith("|0");
            pair.swap.allowBackfill(pair.state());
            assertThat(ProcLocks.ours(shm())).containsExactly(GATE, DEAD_MAN);
            assertThat(pair.app.run("pragma wal_checkpoint(passive)")).doesNotEndWith("|0");
            pair.app.run("insert into t values(1)");
            pair.swap.release(hold, pair.state());
            assertThat(ProcLocks.ours(shm())).as("state A").containsExactly(GATE, DEAD_MAN);
        }
    }

    @Test
    void withNothingInTheWalAHoldStaysWhole() throws IOException {
        try (Pair pair = new Pair()) {
            pair.rest();
            Swap.Hold hold = pair.hold();
            pair.swap.allowBackfill(pair.state());
            assertThat(ProcLocks.ours(shm())).contains(GATE, SLOT_0);
            pair.swap.release(hold, pair.state());
            assertThat(ProcLocks.ours(shm())).containsExactly(SLOT_0, DEAD_MAN);
        }
    }

    /** Readers use the upper slots first come, first served; the gate takes what is free, or else slot 0 does. */
    @Test
    void theGateGoesWhereASlotIsUnused() throws IOException {
        try (SqliteShell app = app();
                SqliteShell reader1 = SqliteShell.open(database);
                SqliteShell reader2 = SqliteShell.open(database);
                SqliteShell reader3 = SqliteShell.open(database);
                SqliteShell reader4 = SqliteShell.open(database);
                AttachedDatabase attached = attach()) {
            for (SqliteShell reader : new SqliteShell[] {reader1, reader2, reader3}) {
                reader.run("begin");
                reader.run("select * from t");
                app.run("insert into t values(1)");
            }
            Swap swap = swap(attached);
            assertThat(swap.attach()).isTrue();
            assertThat(swap.gateOnly()).isTrue();
            swap.letGo();
            reader4.run("begin");
            reader4.run("select * from t");
            assertThat(swap.attach()).isTrue();
            assertThat(ProcLocks.ours(shm())).containsExactly(SLOT_0, DEAD_MAN);
            app.run("insert into t values(1)");
            swap.afterLook(state(attached), false);
            assertThat(ProcLocks.ours(shm())).as("stay in B").containsExactly(SLOT_0, DEAD_MAN);
            Swap.Hold hold = swap.hold();
            assertThat(hold).isNotNull();
            assertThat(swap.gateHeld()).isFalse();
            swap.release(hold, state(attached));
            assertThat(swap.attached()).isTrue();
        }
    }

    /** The WAL-index is made anew under the gate, and readers have every other slot: slot 0 is all that is left. */
    @Test
    void aGateThatIsLostInTheMiddleOfAHoldLeavesSlot0() throws Exception {
        try (SqliteShell app = app();
                SqliteShell reader1 = SqliteShell.open(database);
                SqliteShell reader2 = SqliteShell.open(database);
                SqliteShell reader3 = SqliteShell.open(database);
                AttachedDatabase attached = attach()) {
            for (SqliteShell reader : new SqliteShell[] {reader1, reader2, reader3}) {
                reader.run("begin");
                reader.run("select * from t");
                app.run("insert into t values(1)");
            }
            Swap swap = swap(attached);
            assertThat(swap.attach()).isTrue();
            Swap.Hold hold = swap.hold();
            assertThat(hold).isNotNull();
            assertThat(swap.gateHeld()).isTrue();
            overwriteMarkOfSlot4();
            WalState seen = state(attached);
            assertThat(swap.gateHeld()).isFalse();
            swap.allowBackfill(seen);
            assertThat(ProcLocks.ours(shm())).containsExactly(SLOT_0, DEAD_MAN);
            swap.release(hold, seen);
            assertThat(ProcLocks.ours(shm())).containsExactly(SLOT_0, DEAD_MAN);
        }
    }

    /** In a process of its own: this one would lose its locks. */
    private void overwriteMarkOfSlot4() throws IOException, InterruptedException {
        Process dd = new ProcessBuilder(
                        "dd", "if=/dev/zero", "of=" + shm(), "bs=1", "count=4", "seek=116", "conv=notrunc")
                .redirectErrorStream(true)
                .start();
        assertThat(dd.waitFor()).isZero();
    }

    @Test
    void theLastApplicationLeavesTheWalInPlace() throws IOException {
        SqliteShell app = app();
        app.run("insert into t select randomblob(3000) from generate_series(1,20)");
        try (AttachedDatabase attached = attach()) {
            WalState before = state(attached);
            app.close();
            assertThat(wal()).exists();
            assertThat(shm()).exists();
            assertThat(state(attached).sameCommits(before)).isTrue();
            assertThat(attached.standing()).isEqualTo(AttachedDatabase.Standing.GOOD);
            try (SqliteShell next = app()) {
                next.run("insert into t values(1)");
                WalState after = state(attached);
                assertThat(after.salts()).isEqualTo(before.salts());
                assertThat(after.changeCounter())
                        .as("the index was not rebuilt")
                        .isEqualTo(before.changeCounter() + 1);
            }
        }
        try (SqliteShell last = app()) {
            last.run("select 1 from t");
        }
        assertThat(wal()).as("once we are gone").doesNotExist();
    }

    /** It waits for us with the write lock in its hand, and must not wait longer than for a few looks. */
    @Test
    void aTruncatingCheckpointOfTheApplicationGoesThroughWhileWeLook() throws IOException {
        try (Pair pair = new Pair()) {
            pair.app.run("insert into t select randomblob(3000) from generate_series(1,20)");
            pair.app.run(".timeout 0");
            assertThat(pair.app.run("pragma wal_checkpoint(truncate)"))
                    .as("without a look")
                    .startsWith("1|");
            pair.app.run(".timeout 300000");
            CompletableFuture<String> checkpoint = pair.app.start("pragma wal_checkpoint(truncate)");
            while (!checkpoint.isDone()) {
                WalState state = pair.attached.state();
                if (state != null) {
                    pair.swap.afterLook(state, false);
                }
                assertThat(pair.swap.attached()).isTrue();
            }
            assertThat(checkpoint.join()).isEqualTo("0|0|0");
            assertThat(pair.attached.walSize()).isZero();
            assertThat(pair.state().mxFrame()).isZero();
        }
    }

    /** The kernel shows the locks of other processes; where it does not, a commit before our eyes tells the same. */
    @Test
    void withoutAKernelTableACommitShowsThatAnApplicationIsThere() throws IOException {
        try (SqliteShell app = app();
                AttachedDatabase attached = attach(new KernelLocks(directory.resolve("hidden"), 1))) {
            state(attached);
            assertThat(attached.hasLivingWriter()).isFalse();
            assertThat(ProcLocks.ours(shm())).isEmpty();
            state(attached);
            assertThat(attached.hasLivingWriter()).isFalse();
            app.run("insert into t values(1)");
            state(attached);
            assertThat(attached.hasLivingWriter()).isTrue();
            assertThat(ProcLocks.ours(shm())).containsExactly(DEAD_MAN);
        }
    }

    /** The index of a killed application is rebuilt by the next one; were the switch ours, it would be believed. */
    @Test
    void theDeadManSwitchIsNotTakenOfADeadIndex() throws IOException {
        SqliteShell killed = app();
        killed.run("insert into t values(1)");
        killed.kill();
        try (AttachedDatabase attached = attach()) {
            Swap swap = swap(attached);
            assertThat(attached.indexed()).isTrue();
            assertThat(swap.attach()).isTrue();
            WalState before = state(attached);
            assertThat(attached.hasLivingWriter()).isFalse();
            assertThat(ProcLocks.ours(shm())).containsExactly(GATE);
            try (SqliteShell app = app()) {
                assertThat(app.run("select count(*) from t")).isEqualTo("1");
                app.run("insert into t values(2)");
                WalState after = state(attached);
                assertThat(after.salts()).isEqualTo(before.salts());
                assertThat(after.changeCounter()).as("rebuilt").isEqualTo(1);
                assertThat(attached.hasLivingWriter()).isTrue();
                assertThat(ProcLocks.ours(shm())).contains(DEAD_MAN).hasSize(2);
                // The gate was on a slot whose mark is 0 in the new index: there it would stop all backfill.
                assertThat(app.run("pragma wal_checkpoint(passive)")).isEqualTo("0|4|4");
                assertThat(swap.attached()).isTrue();
            }
        }
    }

    /** Marks of a killed application say nothing of who reads now; only the lock does. */
    @Test
    void aWriterIsNotStalledByAnyOfIt() throws IOException {
        try (SqliteShell app = app();
                AttachedDatabase attached = attach()) {
            app.run(".timeout 0");
            Swap swap = swap(attached);
            swap.attach();
            Swap.Hold hold = swap.hold();
            assertThat(hold).isNotNull();
            for (int i = 0; i < 100; i++) {
                app.run("insert into t values(" + i + ")");
            }
            swap.release(hold, state(attached));
            assertThat(app.run("select count(*) from t")).isEqualTo("100");
        }
    }

    @Test
    void whoWritesIsSeenWithoutALockBeingTaken() throws IOException {
        try (Pair pair = new Pair();
                SqliteShell other = app()) {
            assertThat(pair.attached.writer()).isEqualTo(AttachedDatabase.Writer.NONE);
            other.run("begin immediate");
            assertThat(pair.attached.writer()).isEqualTo(AttachedDatabase.Writer.ACTIVE);
            other.run("commit");
            assertThat(pair.attached.writer()).isEqualTo(AttachedDatabase.Writer.NONE);
        }
    }

    @Test
    void aCheckpointThatWaitsForAResetIsNoWriter() throws IOException {
        try (Pair pair = new Pair()) {
            pair.app.run("pragma busy_timeout=300000");
            pair.app.run("pragma wal_checkpoint(passive)");
            CompletableFuture<String> checkpoint = pair.app.start("pragma wal_checkpoint(restart)");
            while (!ProcLocks.of(pair.app.pid(), shm()).contains("WRITE 120")) {
                Thread.onSpinWait();
            }
            assertThat(pair.attached.writer()).isEqualTo(AttachedDatabase.Writer.NONE);
            pair.swap.letGo();
            assertThat(checkpoint.join()).startsWith("0|");
        }
    }

    @Test
    void whereNoApplicationIsSeenNothingIsKnownOfWriters() throws IOException {
        try (SqliteShell app = app();
                AttachedDatabase attached = attach(new KernelLocks(directory.resolve("none"), 0))) {
            app.run("begin immediate");
            assertThat(attached.writer()).isEqualTo(AttachedDatabase.Writer.UNKNOWN);
        }
    }
}
