package dev.runnel.retain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.model.Level;
import dev.runnel.model.TxRange;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetentionPolicyTest {

    private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");
    private static final RetentionPolicy POLICY =
            new RetentionPolicy(true, Duration.ofHours(24), Duration.ofMinutes(5));

    private static LtxFile file(int level, long min, long max, Duration age) {
        return new LtxFile(new Level(level), TxRange.of(min, max), 1000, NOW.minus(age), true);
    }

    private static Duration hours(long hours) {
        return Duration.ofHours(hours);
    }

    private static List<String> deleted(RetentionPolicy policy, LtxFile... files) {
        return policy.plan(Manifest.of(List.of(files)), NOW).stream()
                .map(f -> f.level() + ":" + f.min().value() + "-" + f.max().value())
                .toList();
    }

    @Test
    void keepsTheNewestSnapshotBeforeTheWindowAndAllThatFollowsIt() {
        assertThat(deleted(
                        POLICY,
                        file(9, 1, 10, hours(72)),
                        file(9, 1, 20, hours(48)),
                        file(9, 1, 30, hours(23)),
                        file(1, 2, 10, hours(72)),
                        file(1, 11, 20, hours(49)),
                        file(1, 21, 30, hours(24)),
                        file(2, 2, 19, hours(50)),
                        file(2, 20, 25, hours(40))))
                .containsExactly("1:2-10", "1:11-20", "2:2-19", "9:1-10");
    }

    @Test
    void aSnapshotOfUnknownTimeProvesNothing() {
        LtxFile listed = new LtxFile(Level.SNAPSHOT, TxRange.of(1, 20), 1000, NOW.minus(hours(48)), false);
        LtxFile[] files = {
            file(9, 1, 10, hours(72)),
            listed,
            file(1, 2, 10, hours(72)),
            file(1, 11, 20, hours(48)),
            file(1, 21, 21, hours(1))
        };
        assertThat(deleted(POLICY, files)).as("the one before it is the base").containsExactly("1:2-10");
    }

    @Test
    void aSnapshotThatSeemsOlderThanOneBeforeItWasTakenByAWrongClock() {
        LtxFile[] files = {
            file(9, 1, 10, hours(72)),
            file(9, 1, 20, hours(12)),
            file(9, 1, 30, hours(500_000)),
            file(1, 2, 10, hours(72)),
            file(1, 11, 20, hours(13)),
            file(1, 21, 31, hours(1))
        };
        assertThat(deleted(POLICY, files)).as("the first one is the base").containsExactly("1:2-10");
    }

    @Test
    void aSnapshotOfDaysToComeHoldsNothingUp() {
        LtxFile[] files = {
            file(9, 1, 10, hours(-500)),
            file(9, 1, 20, hours(48)),
            file(9, 1, 30, hours(1)),
            file(1, 2, 10, hours(72)),
            file(1, 21, 31, hours(1))
        };
        assertThat(deleted(POLICY, files)).containsExactly("1:2-10", "9:1-10");
    }

    @Test
    void withoutASnapshotBeforeTheWindowNothingGoes() {
        assertThat(deleted(POLICY, file(9, 1, 10, hours(24)), file(9, 1, 20, hours(2)), file(1, 2, 10, hours(30))))
                .isEmpty();
    }

    @Test
    void levelZeroGoesOnlyWhereLevelOneHasAllOfIt() {
        assertThat(deleted(
                        POLICY,
                        file(0, 1, 1, hours(1)),
                        file(0, 2, 2, hours(1)),
                        file(0, 3, 3, hours(1)),
                        file(0, 4, 4, hours(1)),
                        file(0, 6, 6, hours(1)),
                        file(1, 2, 3, hours(1)),
                        file(1, 6, 6, hours(1))))
                .as("1 is in no file of level 1, 4 neither though later ones are, 6 is the newest")
                .containsExactly("0:2-2", "0:3-3");
    }

    @Test
    void levelZeroStaysForItsTime() {
        assertThat(deleted(
                        POLICY,
                        file(0, 2, 2, Duration.ofMinutes(7)),
                        file(0, 3, 3, Duration.ofMinutes(5)),
                        file(0, 4, 4, Duration.ofMinutes(9)),
                        file(0, 5, 5, Duration.ofMinutes(1)),
                        file(1, 2, 4, Duration.ofMinutes(6))))
                .as("behind a recent one nothing goes: its time says more than a clock set back")
                .containsExactly("0:2-2");
    }

    @Test
    void levelZeroStaysWhereItIsNeededForARecentInstant() {
        assertThat(deleted(
                        POLICY,
                        file(0, 2, 2, Duration.ofMinutes(9)),
                        file(0, 3, 3, Duration.ofMinutes(8)),
                        file(0, 4, 4, Duration.ofMinutes(7)),
                        file(0, 5, 5, Duration.ofMinutes(4)),
                        file(0, 6, 6, Duration.ofMinutes(1)),
                        file(1, 2, 3, Duration.ofMinutes(8)),
                        file(1, 4, 5, Duration.ofMinutes(4))))
                .as("5 is of use only together with 4")
                .containsExactly("0:2-2", "0:3-3");
    }

    @Test
    void zeroMeansForEver() {
        LtxFile[] files = {
            file(0, 2, 2, hours(72)),
            file(0, 3, 3, hours(72)),
            file(1, 2, 3, hours(72)),
            file(1, 4, 4, hours(72)),
            file(9, 1, 1, hours(100)),
            file(9, 1, 4, hours(72)),
        };
        assertThat(deleted(new RetentionPolicy(true, Duration.ofHours(24), Duration.ZERO), files))
                .containsExactly("1:2-3", "9:1-1");
        assertThat(deleted(new RetentionPolicy(true, Duration.ZERO, Duration.ofMinutes(5)), files))
                .containsExactly("0:2-2");
        assertThat(deleted(new RetentionPolicy(false, Duration.ofHours(24), Duration.ofMinutes(5)), files))
                .isEmpty();
    }
}
