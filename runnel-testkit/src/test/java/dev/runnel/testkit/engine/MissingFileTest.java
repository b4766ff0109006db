package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.KeyLayout;
import dev.runnel.Restore;
import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.report.Verification;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a replica holds behind transactions that are missing does not become part of what is written later. */
class MissingFileTest {

    private EngineRig rig;
    private Path folder;

    @BeforeEach
    void begin(@TempDir Path directory) {
        folder = directory;
        rig = new EngineRig(directory);
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(n INTEGER)");
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private TxId insert(int rows) {
        TxId last = rig.sync();
        for (int i = 0; i < rows; i++) {
            rig.sql("INSERT INTO t VALUES (" + i + ")");
            last = rig.sync();
        }
        return last;
    }

    /** The newest state, as a user asks for it. */
    private void assertNewestIsTheDatabase() throws IOException {
        Path restored = folder.resolve("newest.db");
        Restore.from(rig.store(), "", KeyLayout.FILES).force().to(restored);
        assertThat(SqliteSession.once(restored, ".dump")).isEqualTo(rig.sql(".dump"));
        assertThat(rig.report().replicas().get(0).state()).isEqualTo(State.OK);
    }

    @Test
    void filesBehindALostOneDoNotJoinTheTransactionThatIsWrittenInItsPlace() throws IOException {
        rig.start();
        insert(8);
        rig.stop();
        rig.store().delete(List.of("ltx/0/0000000000000004-0000000000000004.ltx"));
        rig.loseState();
        rig.sql("DELETE FROM t WHERE n < 3");

        rig.start();
        rig.sync();

        assertNewestIsTheDatabase();
        insert(3);
        assertNewestIsTheDatabase();
    }

    @Test
    void filesWithoutTheirSnapshotDoNotStandInTheWayOfTheNextOne() throws IOException {
        rig.start();
        insert(8);
        rig.stop();
        rig.store().delete(rig.keys("ltx/9/"));
        rig.loseState();

        rig.start();
        rig.sync();

        assertNewestIsTheDatabase();
        insert(9);
        assertNewestIsTheDatabase();
    }

    @Test
    void aLostFileThatIsStillHereIsStoredAgain() throws IOException {
        rig.start();
        insert(8);
        rig.stop();
        String lost = "ltx/0/0000000000000004-0000000000000004.ltx";
        rig.store().delete(List.of(lost));
        int snapshots = rig.keys("ltx/9/").size();

        rig.start();
        insert(1);

        assertThat(rig.keys("ltx/0/")).contains(lost);
        assertThat(rig.keys("ltx/9/")).hasSize(snapshots);
        assertNewestIsTheDatabase();
    }

    /** What was verified is told again by the next process, unless the replica has been begun anew since. */
    @Test
    void aReceiptOfWhatIsGoneVerifiesNothing() throws IOException {
        rig.verifyEvery(Duration.ofDays(1)).start();
        insert(3);
        rig.pass(Duration.ofHours(25));
        rig.stop();
        assertThat(rig.keys("receipts/")).isNotEmpty();
        rig.store().delete(rig.keys("ltx/"));
        rig.store().delete(rig.keys("pages/"));
        rig.loseState();
        rig.verifyEvery(Duration.ofDays(1)).start();
        TxId newest = rig.sync();
        rig.pass(Duration.ofMinutes(1));
        Verification verification = rig.report().replicas().get(0).verification();
        assertThat(verification.failure()).isNull();
        assertThat(verification.good().txId()).isEqualTo(newest.value());
    }
}
