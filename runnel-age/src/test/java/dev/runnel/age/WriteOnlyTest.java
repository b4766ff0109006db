package dev.runnel.age;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.engine.OnDivergence;
import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.testkit.engine.SqliteSession;
import dev.runnel.testkit.storage.Fault;
import dev.runnel.testkit.storage.FaultPlan;
import dev.runnel.testkit.storage.StoreOperation;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The engine of a server that holds recipients only: what it stores, others restore. */
class WriteOnlyTest extends EncryptedEngineFixture {

    /** A new process, which has no keys in memory. */
    private void start() {
        rig.store(keys.writingOnly(rig.store())).start();
    }

    private List<String> stored(String prefix) {
        return rig.puts().stream().filter(put -> put.startsWith(prefix)).toList();
    }

    private void assertRestores(TxId txId, String dump) throws IOException {
        assertThat(SqliteSession.once(rig.restore(keys.readingOnly(rig.store()), txId), ".dump"))
                .isEqualTo(dump);
    }

    private void assertWell() {
        assertThat(rig.report().replicas().get(0).state()).as(rig.reason()).isEqualTo(State.OK);
    }

    @Test
    void storesMergesDeletesAndTakesSnapshots() throws IOException {
        start();
        TxId txId = rig.sync();
        for (int i = 0; i < 6; i++) {
            change();
            txId = rig.sync();
            rig.pass(A_WHILE);
        }
        assertWell();
        assertThat(stored("ltx/1/")).isNotEmpty();
        assertRestores(txId, rig.sql(".dump"));
        TxId before = txId;
        String then = rig.sql(".dump");
        for (int day = 0; day < 3; day++) {
            change();
            txId = rig.sync();
            rig.pass(Duration.ofHours(24));
        }
        assertWell();
        assertThat(stored("ltx/9/")).hasSizeGreaterThan(2);
        assertThat(rig.store().calls(StoreOperation.DELETE)).isNotEmpty();
        assertRestores(txId, rig.sql(".dump"));
        assertThat(before).isLessThan(txId);
        assertThat(then).isNotEmpty();
    }

    @Test
    void aRestartWithLocalStateGoesOnWithoutASnapshot() throws IOException {
        start();
        rig.sync();
        change();
        rig.sync();
        rig.pass(A_WHILE);
        rig.stop();
        rig.store().reset();
        change();
        start();
        TxId txId = rig.sync();
        rig.pass(A_WHILE);
        assertWell();
        assertThat(stored("ltx/9/")).isEmpty();
        assertThat(stored("ltx/1/")).isNotEmpty();
        assertRestores(txId, rig.sql(".dump"));
    }

    @Test
    void anotherWritersFileUnderTheNameOfOursIsNotTakenForOurs() throws IOException {
        start();
        rig.sync();
        change();
        TxId ours = rig.sync();
        rig.kill();
        // Somebody else had the replica meanwhile, and local state is that of another file of the same name.
        String key = "ltx/0/" + ours + "-" + ours + ".ltx";
        assertThat(rig.store().head(key).size()).isPositive();
        rig.store().delete(List.of(key));
        keys.writingOnly(rig.store())
                .put(key, dev.runnel.storage.ObjectBody.of(new byte[500]), dev.runnel.storage.PutCondition.any(), null);
        rig.store().reset();
        start();
        TxId txId = rig.sync();
        assertThat(stored("ltx/9/")).hasSize(1);
        assertThat(txId).isGreaterThan(ours);
        assertRestores(txId, rig.sql(".dump"));
    }

    @Test
    void withoutLocalStateASnapshotGoesOnTopAndOlderStatesStay() throws IOException {
        start();
        rig.sync();
        change();
        TxId before = rig.sync();
        String then = rig.sql(".dump");
        rig.stop();
        rig.loseState();
        rig.store().reset();
        change();
        start();
        TxId txId = rig.sync();
        assertThat(txId).isGreaterThan(before);
        assertThat(stored("ltx/9/")).hasSize(1);
        change();
        TxId next = rig.sync();
        rig.pass(A_WHILE);
        change();
        TxId last = rig.sync();
        rig.pass(A_WHILE);
        assertWell();
        assertThat(stored("ltx/9/")).hasSize(1);
        assertThat(stored("ltx/1/")).isNotEmpty();
        assertThat(next).isLessThan(last);
        assertRestores(before, then);
        assertRestores(last, rig.sql(".dump"));
    }

    @Test
    void aSnapshotThatIsDueAnywayIsNotTakenTwice() throws IOException {
        start();
        rig.sync();
        rig.stop();
        rig.loseState();
        rig.pass(Duration.ofHours(30));
        rig.store().reset();
        start();
        TxId txId = rig.sync();
        rig.pass(A_WHILE);
        assertWell();
        assertThat(stored("ltx/9/")).hasSize(1);
        assertRestores(txId, rig.sql(".dump"));
    }

    private void loseEverythingHere() throws IOException {
        start();
        rig.sync();
        rig.stop();
        rig.loseState();
        rig.deleteDatabase();
        rig.store().reset();
    }

    private void assertRefused(String why) {
        start();
        rig.pass(A_WHILE);
        assertThat(rig.reason()).contains(why);
        assertThat(rig.puts()).isEmpty();
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        loseEverythingHere();
        Files.createFile(rig.database());
        assertRefused("is empty, and the replica has data");
    }

    @Test
    void aDatabaseWithoutTablesIsRefused() throws IOException {
        loseEverythingHere();
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(x)", "DROP TABLE t");
        assertRefused("has no tables, and the replica has data");
    }

    @Test
    void whereContinuityIsDemandedItIsRefused() throws IOException {
        loseEverythingHere();
        fill();
        rig.onDivergence(OnDivergence.FAIL);
        assertRefused("is not known to continue what the replica holds");
    }

    @Test
    void restoringBeforeReplicationSaysWhatIsMissing() throws IOException {
        loseEverythingHere();
        rig.onDivergence(OnDivergence.RESTORE);
        assertRefused("there is no identity here");
    }

    @Test
    void itsVerificationIsUnprovedAndNoFailure() {
        rig.verifyEvery(Duration.ofMinutes(1));
        start();
        rig.sync();
        rig.pass(Duration.ofMinutes(30));
        assertWell();
        assertThat(rig.report().replicas().get(0).reason()).contains("unproved").contains("without an identity");
        assertThat(rig.report().replicas().get(0).verification()).isNull();
    }

    @Test
    void lostRepliesAreSettledByTheKeysOfOwnWrites() throws IOException {
        start();
        rig.sync();
        rig.faults().setPlan(LOST_WRITES);
        TxId txId = TxId.FIRST;
        for (int i = 0; i < 20; i++) {
            change();
            txId = rig.sync();
        }
        rig.faults().setPlan(FaultPlan.none());
        assertThat(rig.faults().injected(Fault.LOST_REPLY)).isGreaterThan(5);
        rig.pass(A_WHILE);
        assertWell();
        assertThat(stored("ltx/9/")).hasSize(1);
        assertRestores(txId, rig.sql(".dump"));
    }

    @Test
    void aReplicaInTheClearGoesOnEncrypted() throws IOException {
        rig.store(rig.store()).start();
        rig.sync();
        rig.stop();
        change();
        start();
        TxId txId = rig.sync();
        rig.pass(A_WHILE);
        assertWell();
        assertThat(stored("ltx/9/")).hasSize(1);
        assertRestores(txId, rig.sql(".dump"));
    }
}
