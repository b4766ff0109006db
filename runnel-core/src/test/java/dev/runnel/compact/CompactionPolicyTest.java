package dev.runnel.compact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CompactionPolicyTest {

    private static final Instant T0 = Instant.parse("2026-01-01T12:00:00Z");
    private static final Level ONE = new Level(1);
    private static final Level TWO = new Level(2);
    private static final CompactionPolicy POLICY = CompactionPolicy.defaults();

    private static LtxFile file(int level, long min, long max, double seconds) {
        return file(level, min, max, seconds, 1000);
    }

    private static LtxFile file(int level, long min, long max, double seconds, long size) {
        return new LtxFile(new Level(level), TxRange.of(min, max), size, at(seconds), true);
    }

    private static Instant at(double seconds) {
        return T0.plusMillis(Math.round(seconds * 1000));
    }

    private static String plan(CompactionPolicy policy, Level level, double now, LtxFile... files) {
        CompactionPlan plan = policy.plan(Manifest.of(List.of(files)), level, at(now));
        return plan == null
                ? "nothing"
                : plan.inputs().size() + ":" + plan.txIds().min().value() + "-"
                        + plan.txIds().max().value();
    }

    @Test
    void mergesWhatWasCutBeforeTheLastBoundary() {
        LtxFile[] files = {file(0, 2, 2, 10), file(0, 3, 3, 29.999), file(0, 4, 4, 30), file(0, 5, 5, 31)};
        assertThat(plan(POLICY, ONE, 29.999, files)).isEqualTo("nothing");
        assertThat(plan(POLICY, ONE, 30, files)).isEqualTo("2:2-3");
        assertThat(plan(POLICY, ONE, 59.9, files)).isEqualTo("2:2-3");
        assertThat(plan(POLICY, ONE, 60, files)).isEqualTo("4:2-5");
    }

    @Test
    void isNotDueAgainBeforeTheNextBoundary() {
        LtxFile[] files = {file(1, 2, 3, 29), file(0, 2, 2, 10), file(0, 3, 3, 29), file(0, 4, 4, 31)};
        assertThat(plan(POLICY, ONE, 45, files)).isEqualTo("nothing");
        assertThat(plan(POLICY, ONE, 60, files)).isEqualTo("1:4-4");
        assertThat(POLICY.nextBoundary(ONE, at(45))).isEqualTo(at(60));
        assertThat(POLICY.boundary(ONE, at(45))).isEqualTo(at(30));
        assertThat(POLICY.nextBoundary(new Level(3), at(45))).isEqualTo(at(3600));
    }

    @Test
    void neverCarriesTheFirstTransaction() {
        assertThat(plan(POLICY, ONE, 60, file(0, 1, 1, 1))).isEqualTo("nothing");
        assertThat(plan(POLICY, ONE, 60, file(0, 1, 1, 1), file(0, 2, 2, 2), file(0, 3, 3, 3)))
                .isEqualTo("2:2-3");
        assertThat(plan(POLICY, TWO, 600, file(1, 1, 5, 1), file(1, 6, 8, 2), file(1, 9, 9, 3)))
                .as("as Litestream leaves it")
                .isEqualTo("2:6-9");
    }

    @Test
    void stopsAtAGapAndGoesOnBehindIt() {
        LtxFile[] files = {file(0, 5, 5, 1), file(0, 6, 6, 2), file(0, 8, 8, 3), file(0, 9, 9, 4)};
        assertThat(plan(POLICY, ONE, 60, files)).isEqualTo("2:5-6");
        List<LtxFile> later = new ArrayList<>(List.of(files));
        later.add(file(1, 5, 6, 2));
        assertThat(plan(POLICY, ONE, 60, later.toArray(LtxFile[]::new))).isEqualTo("2:8-9");
    }

    /** As they are when a writer was stopped in a merge, and a successor has merged the same files and more. */
    @Test
    void ofFilesThatOverlapNoneIsLeftBehind() {
        LtxFile[] files = {file(1, 2, 5, 1), file(1, 2, 8, 2), file(1, 9, 9, 3)};
        assertThat(plan(POLICY, TWO, 600, files)).isEqualTo("2:2-9");
        LtxFile[] partly = {file(1, 2, 5, 1), file(1, 4, 8, 2), file(1, 9, 9, 3)};
        assertThat(plan(POLICY, TWO, 600, partly)).isEqualTo("3:2-9");
        LtxFile[] merged = {file(2, 2, 5, 1), file(1, 2, 5, 1), file(1, 2, 8, 2), file(1, 9, 9, 3)};
        assertThat(plan(POLICY, TWO, 600, merged))
                .as("or transactions 6 to 8 are missing in level 2 for good")
                .isEqualTo("2:2-9");
    }

    @Test
    void aSingleFileWaitsForAnotherAboveLevelOne() {
        assertThat(plan(POLICY, ONE, 600, file(0, 5, 5, 1))).isEqualTo("1:5-5");
        assertThat(plan(POLICY, TWO, 600, file(1, 2, 5, 1))).isEqualTo("nothing");
        assertThat(plan(POLICY, TWO, 600, file(1, 2, 5, 1), file(1, 6, 6, 400))).isEqualTo("2:2-6");
        assertThat(plan(POLICY, TWO, 600, file(1, 2, 5, 1), file(1, 6, 6, 601)))
                .as("the other one is not due yet")
                .isEqualTo("nothing");
        assertThat(plan(POLICY, TWO, 600, file(1, 2, 5, 1), file(1, 7, 7, 2)))
                .as("nothing can join it: a gap follows")
                .isEqualTo("1:2-5");
    }

    @Test
    void boundsTheBytesAndTheNumberOfInputs() {
        CompactionPolicy small = new CompactionPolicy(CompactionPolicy.DEFAULT_INTERVALS, 2500);
        assertThat(plan(small, ONE, 60, file(0, 2, 2, 1), file(0, 3, 3, 2), file(0, 4, 4, 3)))
                .isEqualTo("2:2-3");
        assertThat(plan(small, TWO, 600, file(1, 2, 2, 1, 9000), file(1, 3, 3, 2), file(1, 4, 4, 3)))
                .as("a file too large for any merge is carried alone, or nothing behind it ever could be")
                .isEqualTo("1:2-2");
        assertThat(plan(small, TWO, 600, file(1, 2, 2, 1), file(1, 3, 3, 2, 9000), file(1, 4, 4, 3)))
                .isEqualTo("1:2-2");
        LtxFile[] many =
                LongStream.range(2, 1000).mapToObj(i -> file(0, i, i, 1)).toArray(LtxFile[]::new);
        assertThat(plan(POLICY, ONE, 60, many)).isEqualTo("128:2-129");
    }

    @Test
    void aFileFromTheFutureDoesNotStopThoseBehindIt() {
        assertThat(plan(POLICY, ONE, 60, file(0, 2, 2, 1), file(0, 3, 3, 1e9), file(0, 4, 4, 3)))
                .isEqualTo("3:2-4");
    }

    @Test
    void snapshotsAreDueOncePerIntervalAndOnlyIfSomethingChanged() {
        SnapshotPolicy policy = new SnapshotPolicy(Duration.ofHours(24));
        Manifest none = Manifest.of(List.of(file(0, 2, 2, 0)));
        Manifest today = Manifest.of(List.of(file(9, 1, 2, 0)));
        assertThat(policy.isDue(none, new TxId(2), at(1))).isTrue();
        assertThat(policy.isDue(today, new TxId(3), at(3600))).isFalse();
        assertThat(policy.isDue(today, new TxId(3), at(12 * 3600))).isTrue();
        assertThat(policy.isDue(today, new TxId(2), at(48 * 3600))).isFalse();
        assertThat(policy.nextBoundary(at(1))).isEqualTo(at(12 * 3600));
    }
}
