package dev.runnel.retain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.compact.CompactionPlan;
import dev.runnel.compact.CompactionPolicy;
import dev.runnel.compact.SnapshotPolicy;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.restore.RestorePlan;
import dev.runnel.restore.RestorePlanner;
import dev.runnel.restore.RestoreTarget;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random histories of cuts, compactions, snapshots and deletions, at random times and in random order. After every step
 * the newest state and every instant inside the retention window must be restorable, as exactly as the levels allow.
 */
class HistoryTest {

    private static final int RUNS = 300;

    @Test
    void whateverHappensTheWindowStaysRestorable() throws Exception {
        Long given = Long.getLong("runnel.seed");
        long first = given != null ? given : new Random().nextLong();
        for (long seed = first; seed < first + (given != null ? 1 : RUNS); seed++) {
            try {
                new History(new Random(seed)).run();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("replay with -Drunnel.seed=" + seed, e);
            }
        }
    }

    private static final class History {

        private final Random random;
        private final CompactionPolicy compaction;
        private final SnapshotPolicy snapshots;
        private final RetentionPolicy retention;
        private final Level firstLevel;
        private Manifest manifest = Manifest.EMPTY;
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");
        private long txId;
        /** When each transaction was cut. */
        private final TreeMap<Long, Instant> cuts = new TreeMap<>();
        /** Ends of all files of level 1 and 9 there ever were, with their times: what stays when level 0 is deleted. */
        private final TreeMap<Long, Instant> ends = new TreeMap<>();

        History(Random random) {
            this.random = random;
            List<Duration> intervals = List.of(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(2));
            this.compaction = new CompactionPolicy(
                    intervals.subList(0, 1 + random.nextInt(3)), random.nextBoolean() ? 1 << 30 : 3000);
            this.snapshots = new SnapshotPolicy(Duration.ofSeconds(20 + random.nextInt(200)));
            this.retention = new RetentionPolicy(
                    random.nextInt(10) > 0,
                    Duration.ofSeconds(random.nextInt(400)),
                    Duration.ofSeconds(random.nextInt(60)));
            this.firstLevel = random.nextBoolean() ? Level.L0 : Level.SNAPSHOT;
        }

        void run() throws Exception {
            cut();
            for (int step = 0; step < 150; step++) {
                now = now.plusMillis(random.nextInt(random.nextInt(10) == 0 ? 60_000 : 3_000));
                switch (random.nextInt(8)) {
                    case 0 -> compact();
                    case 1 -> snapshot();
                    case 2 -> retain();
                    case 3 -> reload();
                    default -> cut();
                }
                check(0.05);
            }
            check(1);
        }

        private void cut() {
            txId++;
            now = now.plusMillis(1);
            cuts.put(txId, now);
            Level level = txId == 1 ? firstLevel : Level.L0;
            add(level, TxRange.of(txId, txId), now, true);
        }

        private void compact() {
            for (Level level : compaction.levels()) {
                for (CompactionPlan plan = compaction.plan(manifest, level, now);
                        plan != null;
                        plan = compaction.plan(manifest, level, now)) {
                    assertThat(plan.txIds().min().isFirst()).isFalse();
                    assertThat(manifest.find(level, plan.txIds())).isNull();
                    LtxFile last = plan.inputs().get(plan.inputs().size() - 1);
                    add(level, plan.txIds(), last.createdAt(), random.nextInt(5) > 0);
                    if (level.number() == 1) {
                        ends.merge(last.max().value(), last.createdAt(), History::earlier);
                    }
                    if (random.nextInt(4) == 0) {
                        return; // stopped in the middle
                    }
                }
            }
        }

        private void snapshot() {
            if (snapshots.isDue(manifest, new TxId(txId), now)) {
                Instant written = now.plusMillis(random.nextInt(500));
                add(Level.SNAPSHOT, TxRange.of(1, txId), written, random.nextInt(4) > 0);
                ends.merge(txId, written, History::earlier);
            }
        }

        private void retain() {
            List<LtxFile> gone = retention.plan(manifest, now);
            LtxFile newestL0 = manifest.newestFile(Level.L0);
            LtxFile newestSnapshot = manifest.newestFile(Level.SNAPSHOT);
            if (!retention.enabled()) {
                assertThat(gone).isEmpty();
            }
            for (LtxFile file : gone) {
                assertThat(manifest.find(file.level(), file.txIds())).isNotNull();
                assertThat(file).isNotEqualTo(newestL0).isNotEqualTo(newestSnapshot);
            }
            // One after the other, in any order, as if it stopped in the middle.
            List<LtxFile> order = new ArrayList<>(gone);
            Collections.shuffle(order, random);
            manifest = manifest.without(order.subList(0, random.nextInt(order.size() + 1)));
        }

        private void reload() {
            List<LtxFile> files = new ArrayList<>(manifest.all().toList());
            Collections.shuffle(files, random);
            manifest = Manifest.of(files);
        }

        private void add(Level level, TxRange txIds, Instant time, boolean exact) {
            manifest = manifest.with(new LtxFile(level, txIds, 100 + random.nextInt(2000), time, exact));
        }

        /** @param share how many of the instants to look at */
        private void check(double share) throws Exception {
            RestorePlan newest = plan(RestoreTarget.newest());
            assertThat(newest.txId().value()).isEqualTo(txId);
            assertThat(manifest.newestRestorable()).isEqualTo(newest.txId());
            Instant windowStart =
                    retention.snapshotRetention().isZero() ? Instant.MIN : now.minus(retention.snapshotRetention());
            for (Map.Entry<Long, Instant> cut : cuts.entrySet()) {
                Instant after = cut.getValue().plusMillis(1);
                if (after.isBefore(windowStart) || random.nextDouble() > share) {
                    continue;
                }
                long found = plan(RestoreTarget.before(after)).txId().value();
                assertThat(found).isBetween(atLeast(cut.getKey(), after), cut.getKey());
            }
        }

        /** The oldest state that may be given for an instant after which {@code exact} is the newest transaction. */
        private long atLeast(long exact, Instant instant) {
            boolean l0Kept = retention.l0Retention().isZero() || !instant.isBefore(now.minus(retention.l0Retention()));
            if (l0Kept || !retention.enabled()) {
                return exact;
            }
            return ends.headMap(exact, true).descendingMap().entrySet().stream()
                    .filter(end -> end.getValue().isBefore(instant))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(1L);
        }

        private static Instant earlier(Instant one, Instant other) {
            return one.isBefore(other) ? one : other;
        }

        private RestorePlan plan(RestoreTarget target) throws Exception {
            return RestorePlanner.plan("test", manifest, target, LtxFile::createdAt);
        }
    }
}
