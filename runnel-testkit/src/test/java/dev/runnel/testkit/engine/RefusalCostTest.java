package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.engine.OnDivergence;
import dev.runnel.model.TxId;
import dev.runnel.report.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What it costs that a large database is refused: no disk space, one read of what the verdict needs. */
class RefusalCostTest {

    private static final long FEW_BYTES = 256 << 10;
    private static final Duration A_WHILE = Duration.ofSeconds(5);

    private EngineRig rig;

    @BeforeEach
    void begin(@TempDir Path folder) {
        rig = new EngineRig(folder);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /** A database of some 16 MB, or a half of them, which no other one is like. */
    private void fill(String table, int rows) {
        rig.sql(
                "PRAGMA journal_mode=wal",
                "CREATE TABLE " + table + "(id INTEGER PRIMARY KEY, data)",
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < " + rows + ")"
                        + " INSERT INTO " + table + " SELECT x, randomblob(3600) FROM c");
    }

    private TxId replicate() {
        rig.start();
        TxId stored = rig.sync();
        rig.stop();
        rig.store().reset();
        return stored;
    }

    private long size() throws IOException {
        return Files.size(rig.database());
    }

    private void requireRefused(String why) {
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason()).contains(why);
        assertThat(rig.puts()).isEmpty();
    }

    @Test
    void aForeignDatabaseIsReadHalfAndNothingIsSpooled() throws IOException {
        fill("users", 4000);
        replicate();
        rig.database("other.db");
        fill("planets", 4000);
        ThreadIo before = ThreadIo.now();
        rig.start();
        rig.pass(A_WHILE);
        ThreadIo cost = before.since();
        requireRefused("another application's");
        assertThat(rig.report().reason()).containsPattern("at most \\d+ of the \\d+ pages of the replica the same");
        assertThat(cost.written()).isLessThan(FEW_BYTES);
        assertThat(cost.read()).isBetween(size() / 2, size() * 6 / 10);
    }

    @Test
    void oneThatWasBegunAnewIsReadUntilATenthIsOutOfReach() throws IOException {
        fill("users", 4000);
        rig.sql("CREATE TABLE gone(x)", "DROP TABLE gone"); // commits that the other one does not have
        replicate();
        rig.database("other.db");
        fill("users", 4000);
        ThreadIo before = ThreadIo.now();
        rig.start();
        rig.pass(A_WHILE);
        requireRefused("begun anew");
        assertThat(before.since().written()).isLessThan(FEW_BYTES);
    }

    @Test
    void whatIsFewPagesInFrontOfManyIsRefusedUnread() throws IOException {
        fill("users", 4000);
        replicate();
        rig.database("other.db");
        fill("planets", 1000);
        ThreadIo before = ThreadIo.now();
        rig.start();
        rig.pass(A_WHILE);
        requireRefused("another application's");
        assertThat(before.since().read()).isLessThan(size() / 4);
    }

    @Test
    void itIsReadAgainOnlyWhenItWasWrittenToAndEverMoreSeldom() throws IOException {
        fill("users", 4000);
        replicate();
        rig.database("other.db");
        fill("planets", 4000);
        rig.start();
        rig.pass(A_WHILE);
        requireRefused("another application's");
        ThreadIo before = ThreadIo.now();
        rig.pass(Duration.ofHours(5));
        assertThat(before.since().read()).as("nobody wrote").isLessThan(size() / 4);
        for (int hour = 0; hour < 24; hour++) {
            rig.sql("INSERT INTO planets(data) VALUES ('once an hour')");
            rig.pass(Duration.ofHours(1));
        }
        requireRefused("another application's");
        // After 10, 20, 40, … minutes: at hours 0, 1, 2, 3, 5, 10 and 21.
        assertThat(before.since().read()).isBetween(5 * size() / 2, 10 * size() / 2);
        assertThat(before.since().written()).isLessThan(FEW_BYTES);
    }

    /** An application that makes its database anew is met before the first table is there. */
    @Test
    void aSmallOneIsReadAgainSoonSoThatWhatIsToldOfItIsTrue() throws IOException {
        fill("users", 400);
        replicate();
        rig.database("other.db");
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(x)", "DROP TABLE t", "VACUUM");
        rig.start();
        rig.pass(A_WHILE);
        requireRefused("has no tables");
        rig.sql("CREATE TABLE planets(id INTEGER PRIMARY KEY, name TEXT)");
        rig.pass(Duration.ofMinutes(1));
        requireRefused("another application's");
    }

    @Test
    void aDatabaseThatTurnsIntoTheReplicasInPlaceIsTakenAtLast() throws IOException {
        fill("users", 1000);
        replicate();
        Path ours = rig.database();
        rig.database("other.db");
        fill("planets", 1000);
        rig.start();
        rig.pass(A_WHILE);
        requireRefused("another application's");
        rig.sql(".restore " + ours); // through SQLite's backup: the same file
        rig.pass(A_WHILE);
        requireRefused("another application's");
        rig.pass(Duration.ofMinutes(10));
        rig.assertStored(rig.sync());
    }

    @Test
    void whatGoesOnThoughMuchOfItDiffersIsStoredAsItIs() throws IOException {
        fill("users", 4000);
        TxId stored = replicate();
        rig.loseState();
        // Little more than half of the pages stay, and the tables have other names: what is foreign until enough was
        // compared.
        rig.sql("UPDATE users SET data = randomblob(3600) WHERE id > 2200", "ALTER TABLE users RENAME TO customers");
        rig.onDivergence(OnDivergence.DECIDE).start();
        TxId next = rig.sync();
        assertThat(next).isEqualTo(stored.next());
        rig.assertStored(next);
    }
}
