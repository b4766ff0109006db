package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.KeyLayout;
import dev.runnel.Restore;
import dev.runnel.model.TxId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A wall clock that is wrong by days, for a while. */
class ClockJumpTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private EngineRig rig;
    private Path folder;

    @BeforeEach
    void begin(@TempDir Path directory) {
        folder = directory;
        rig = new EngineRig(directory);
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(n INTEGER)", "INSERT INTO t VALUES (1)");
        rig.start();
        rig.sync();
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private TxId insert() {
        rig.sql("INSERT INTO t SELECT max(n) + 1 FROM t");
        return rig.sync();
    }

    private String newestBefore(Instant instant) throws IOException {
        Path restored = folder.resolve("then.db");
        Restore.from(rig.store(), "", KeyLayout.FILES).at(instant).force().to(restored);
        return SqliteSession.once(restored, "SELECT max(n) FROM t");
    }

    @Test
    void aClockThatIsDaysAheadForAWhileDeletesNothingOfTheWindow() throws IOException {
        insert();
        rig.pass(HOUR.multipliedBy(22));
        insert();
        rig.pass(HOUR.multipliedBy(2));
        List<String> before = rig.keys("ltx/9/");
        assertThat(before).hasSizeGreaterThan(1);

        rig.time().jump(Duration.ofDays(3));
        rig.pass(Duration.ofMinutes(10));
        rig.time().jump(Duration.ofDays(-3));
        rig.pass(HOUR.multipliedBy(2));

        assertThat(rig.keys("ltx/9/")).containsAll(before);
        rig.pass(HOUR.multipliedBy(26));
        assertThat(rig.keys("ltx/9/")).as("and it goes on").doesNotContain(before.get(0));
    }

    /** As one has without a battery for it, until it hears from others. */
    @Test
    void aMachineThatStartsWithItsClockBehindKeepsTheOrderOfTimes() throws IOException {
        insert();
        rig.pass(Duration.ofMinutes(1));
        Instant then = rig.now();
        rig.pass(Duration.ofMinutes(1));
        insert();
        rig.kill();
        rig.time().jump(Duration.ofDays(-30));
        rig.start();
        for (int i = 0; i < 8; i++) {
            insert();
        }
        rig.time().jump(Duration.ofDays(30));
        rig.pass(Duration.ofMinutes(1));
        insert();
        assertThat(newestBefore(then)).isEqualTo("2");
    }

    @Test
    void aClockThatIsDaysBehindForAWhilePutsNothingIntoThePast() throws IOException {
        for (int i = 0; i < 3; i++) {
            insert();
            rig.pass(Duration.ofMinutes(1));
        }
        Instant then = rig.now();
        rig.pass(Duration.ofMinutes(1));
        rig.kill();
        rig.start();
        insert();
        rig.time().jump(Duration.ofDays(-30));
        int snapshots = rig.keys("ltx/9/").size();
        for (int i = 0; i < 3; i++) {
            insert();
            rig.pass(Duration.ofSeconds(20));
        }
        assertThat(rig.keys("ltx/9/")).hasSize(snapshots);
        rig.time().jump(Duration.ofDays(30));
        insert();
        assertThat(newestBefore(then)).isEqualTo("4");
        rig.pass(HOUR);
        assertThat(newestBefore(then)).as("merged").isEqualTo("4");
    }

    @Test
    void whatWasStoredMeanwhileHoldsNothingUp() throws IOException {
        rig.time().jump(Duration.ofDays(10));
        insert();
        insert();
        rig.pass(HOUR);
        rig.time().jump(Duration.ofDays(-10));
        int snapshots = rig.keys("ltx/9/").size();
        for (int i = 0; i < 50; i++) {
            insert();
            rig.pass(HOUR.dividedBy(2));
        }
        assertThat(rig.keys("ltx/9/")).as("a snapshot is taken").hasSizeGreaterThan(snapshots);
        assertThat(rig.keys("ltx/1/")).as("files are merged").hasSizeGreaterThan(40);
        assertThat(rig.keys("ltx/0/")).as("and deleted").hasSizeLessThan(5);
        Instant then = rig.now();
        rig.pass(HOUR);
        TxId newest = insert();
        rig.pass(Duration.ofMinutes(1));
        assertThat(newestBefore(then)).as("a moment is the one it was").isEqualTo("53");
        rig.assertStored(newest);
    }
}
