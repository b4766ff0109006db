package dev.runnel.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.BrokenChainException;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class RestorePlannerTest {

    private static final String REPLICA = "file:///backup";

    /** A file whose timestamp is its last TXID in seconds, unless told otherwise. */
    private static LtxFile file(int level, long min, long max, long size) {
        return new LtxFile(new Level(level), TxRange.of(min, max), size, at((double) max), true);
    }

    private static LtxFile file(int level, long min, long max) {
        return file(level, min, max, 1000);
    }

    private static Instant at(double seconds) {
        return Instant.ofEpochMilli(Math.round(seconds * 1000));
    }

    private static RestorePlan plan(RestoreTarget target, LtxFile... files) throws IOException {
        return RestorePlanner.plan(REPLICA, Manifest.of(List.of(files)), target, LtxFile::createdAt);
    }

    private static String names(RestorePlan plan) {
        StringBuilder names = new StringBuilder();
        for (LtxFile file : plan.files()) {
            names.append(file.level()).append(':').append(file.min().value()).append('-');
            names.append(file.max().value()).append(' ');
        }
        return names.toString().trim();
    }

    @Test
    void takesTheNewestSnapshotAndTheFewestFilesAfterIt() throws Exception {
        RestorePlan plan = plan(
                RestoreTarget.newest(),
                file(9, 1, 1),
                file(9, 1, 5),
                file(0, 5, 5),
                file(0, 6, 6),
                file(0, 7, 7),
                file(0, 8, 8),
                file(1, 2, 4),
                file(1, 5, 7),
                file(2, 2, 4));
        assertThat(names(plan)).isEqualTo("9:1-5 1:5-7 0:8-8");
        assertThat(plan.txId()).isEqualTo(new TxId(8));
    }

    @Test
    void needsNoSnapshotIfAChainStartsAtTheFirstTransaction() throws Exception {
        assertThat(names(plan(RestoreTarget.newest(), file(0, 1, 1), file(0, 2, 2), file(0, 3, 3))))
                .isEqualTo("0:1-1 0:2-2 0:3-3");
    }

    @Test
    void prefersFewerBytesAmongChainsOfOneLength() throws Exception {
        assertThat(names(plan(
                        RestoreTarget.newest(),
                        file(9, 1, 3, 500),
                        file(9, 1, 5, 9000),
                        file(1, 4, 8, 100),
                        file(1, 6, 8, 90))))
                .isEqualTo("9:1-3 1:4-8");
    }

    @Test
    void reachesATransactionExactlyOrNamesTheNearest() throws Exception {
        LtxFile[] files = {file(9, 1, 3), file(1, 4, 8), file(0, 9, 9)};
        assertThat(names(plan(RestoreTarget.at(new TxId(3)), files))).isEqualTo("9:1-3");
        assertThat(names(plan(RestoreTarget.at(new TxId(8)), files))).isEqualTo("9:1-3 1:4-8");
        TransactionNotAvailableException inside =
                fails(TransactionNotAvailableException.class, () -> plan(RestoreTarget.at(new TxId(6)), files));
        assertThat(inside.below()).isEqualTo(new TxId(3));
        assertThat(inside.above()).isEqualTo(new TxId(8));
        assertThat(inside)
                .hasMessageContaining("0000000000000006 not available")
                .hasMessageContaining(REPLICA);
        TransactionNotAvailableException beyond =
                fails(TransactionNotAvailableException.class, () -> plan(RestoreTarget.at(new TxId(10)), files));
        assertThat(beyond.below()).isEqualTo(new TxId(9));
        assertThat(beyond.above()).isNull();
        TransactionNotAvailableException before =
                fails(TransactionNotAvailableException.class, () -> plan(RestoreTarget.at(new TxId(2)), files));
        assertThat(before.below()).isNull();
        assertThat(before.above()).isEqualTo(new TxId(3));
    }

    @Test
    void timeIsExclusive() throws Exception {
        LtxFile[] files = {file(0, 1, 1), file(0, 2, 2), file(0, 3, 3)};
        assertThat(names(plan(RestoreTarget.before(at(2)), files))).isEqualTo("0:1-1");
        assertThat(names(plan(RestoreTarget.before(at(2.001)), files))).isEqualTo("0:1-1 0:2-2");
        assertThat(names(plan(RestoreTarget.before(at(99)), files))).isEqualTo("0:1-1 0:2-2 0:3-3");
    }

    @Test
    void aSnapshotWrittenAfterTheInstantStandsForItsTransactionAllTheSame() throws Exception {
        LtxFile late = new LtxFile(Level.SNAPSHOT, TxRange.of(1, 3), 1000, at(50), true);
        LtxFile[] files = {file(0, 1, 1), file(0, 2, 2), file(0, 3, 3), file(0, 4, 4), late};
        assertThat(names(plan(RestoreTarget.before(at(3.5)), files))).isEqualTo("9:1-3");
        assertThat(names(plan(RestoreTarget.before(at(2.5)), files))).isEqualTo("0:1-1 0:2-2");
    }

    @Test
    void anInstantBeforeTheFirstStateNamesTheIntervalThatIsCovered() {
        LtxFile[] files = {file(0, 2, 2), file(0, 3, 3), file(9, 1, 4), file(0, 5, 5)};
        for (double instant : new double[] {1, 2.5, 4}) {
            TimestampOutOfRangeException e =
                    fails(TimestampOutOfRangeException.class, () -> plan(RestoreTarget.before(at(instant)), files));
            assertThat(e.earliest()).isEqualTo(at(4));
            assertThat(e).hasMessageContaining("timestamp does not exist").hasMessageContaining("" + at(5));
        }
    }

    @Test
    void anEmptyReplicaHasNothingToRestore() {
        assertThatThrownBy(() -> plan(RestoreTarget.newest()))
                .isInstanceOf(NothingToRestoreException.class)
                .hasMessageContaining("no matching backup files available");
    }

    @Test
    void aGapIsNamed() throws Exception {
        LtxFile[] files = {file(9, 1, 3), file(0, 4, 4), file(0, 7, 7), file(0, 8, 8)};
        BrokenChainException e = fails(BrokenChainException.class, () -> plan(RestoreTarget.newest(), files));
        assertThat(e.missing()).isEqualTo(TxRange.of(5, 6));
        assertThat(e)
                .hasMessageContaining("0000000000000005 to 0000000000000006")
                .hasMessageContaining("-txid");
        fails(BrokenChainException.class, () -> plan(RestoreTarget.before(at(7.5)), files));
        assertThat(names(plan(RestoreTarget.before(at(6.5)), files))).isEqualTo("9:1-3 0:4-4");
        assertThat(names(plan(RestoreTarget.at(new TxId(4)), files))).isEqualTo("9:1-3 0:4-4");

        BrokenChainException noBase =
                fails(BrokenChainException.class, () -> plan(RestoreTarget.newest(), file(0, 4, 4), file(0, 5, 5)));
        assertThat(noBase.missing()).isEqualTo(TxRange.of(1, 3));
    }

    @Test
    void aLaterSnapshotBridgesAGapButNotForInstantsBeforeIt() throws Exception {
        LtxFile[] files = {file(0, 1, 1), file(0, 3, 3), file(0, 4, 4), file(9, 1, 4), file(0, 5, 5)};
        assertThat(names(plan(RestoreTarget.newest(), files))).isEqualTo("9:1-4 0:5-5");
        fails(BrokenChainException.class, () -> plan(RestoreTarget.before(at(3.5)), files));
    }

    @Test
    void insideACompactedFileTheLastStateBeforeItIsGiven() throws Exception {
        LtxFile[] files = {file(9, 1, 2), file(1, 3, 4), file(1, 5, 9), file(0, 8, 8), file(0, 9, 9)};
        assertThat(names(plan(RestoreTarget.before(at(8.5)), files)))
                .as("8 is there, but 5 to 7 only together with 9")
                .isEqualTo("9:1-2 1:3-4");
        assertThat(names(plan(RestoreTarget.before(at(9.5)), files))).isEqualTo("9:1-2 1:3-4 1:5-9");
    }

    @Test
    void agreesWithExhaustiveSearchWhateverTheOrderOfTheListing() throws Exception {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            List<LtxFile> files = new ArrayList<>();
            int count = 1 + random.nextInt(9);
            for (int i = 0; i < count; i++) {
                long min = 1L + random.nextInt(7);
                files.add(file(random.nextInt(10), min, min + random.nextInt(4), 1 + random.nextInt(4)));
            }
            files = new ArrayList<>(Manifest.of(files).all().toList());
            Chains chains = new Chains(files);
            for (long txId = 1; txId <= 10; txId++) {
                long best = cheapest(files, 0, txId, 0);
                assertThat(chains.reaches(new TxId(txId)))
                        .as("seed %d txid %d", seed, txId)
                        .isEqualTo(best < NONE);
                if (best < NONE) {
                    List<LtxFile> found = chains.to(new TxId(txId));
                    long cost =
                            found.stream().mapToLong(f -> 1_000_000 + f.size()).sum();
                    assertThat(cost).as("seed %d txid %d", seed, txId).isEqualTo(best);
                    Collections.shuffle(files, random);
                    assertThat(new Chains(files).to(new TxId(txId))).isEqualTo(found);
                }
            }
        }
    }

    private static final long NONE = Long.MAX_VALUE;

    private static long cheapest(List<LtxFile> files, long position, long target, long cost) {
        if (position == target) {
            return cost;
        }
        long best = NONE;
        for (LtxFile file : files) {
            long max = file.max().value();
            if (file.min().value() <= position + 1
                    && max > position
                    && max <= target
                    && (position > 0 || file.isBase())) {
                best = Math.min(best, cheapest(files, max, target, cost + 1_000_000 + file.size()));
            }
        }
        return best;
    }

    @Test
    void findsTheTimeWithFewHeaderReadsHoweverWrongTheListingIs() throws Exception {
        int count = 1000;
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            boolean right = random.nextBoolean();
            List<LtxFile> files = new ArrayList<>();
            for (int i = 1; i <= count; i++) {
                Instant listed =
                        right ? at(i).plusMillis(random.nextInt(3) - 1) : at(random.nextBoolean() ? 0 : 1_000_000);
                files.add(new LtxFile(Level.L0, TxRange.of(i, i), 10, listed, false));
            }
            long wanted = random.nextInt(count + 2);
            AtomicInteger reads = new AtomicInteger();
            int found = RestorePlanner.firstNotBefore(files, 0, at(wanted + 0.5), file -> {
                reads.incrementAndGet();
                return at((double) file.max().value());
            });
            assertThat(found).as("seed %d", seed).isEqualTo((int) Math.min(count, wanted));
            assertThat(reads.get()).as("seed %d", seed).isLessThanOrEqualTo(right ? 4 : 25);
        }
    }

    private static <T extends Throwable> T fails(Class<T> type, Executable action) {
        return org.junit.jupiter.api.Assertions.assertThrows(type, action);
    }
}
