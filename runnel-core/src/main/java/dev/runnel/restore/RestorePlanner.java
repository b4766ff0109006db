package dev.runnel.restore;

import dev.runnel.archive.BrokenChainException;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds the shortest chain of files to a state: fewest files, then fewest bytes. Pure but for the timestamps it looks up,
 * and independent of the order of the listing.
 *
 * <p>What a time means: the highest transaction of any file whose timestamp lies strictly before it (or, inside a compacted
 * file, the last one before that can be restored). The chain to that transaction may use a snapshot written later, because its content is that of its last transaction whenever it was
 * written.
 */
public final class RestorePlanner {

    private RestorePlanner() {}

    /**
     * Plans a restore.
     *
     * @param replica what messages call the replica
     * @param times exact timestamps; asked for about twice the logarithm of the number of files, and only if
     *     {@code target} is a time
     * @throws NothingToRestoreException if the replica is empty
     * @throws TransactionNotAvailableException if no chain ends at exactly the transaction asked for
     * @throws TimestampOutOfRangeException if the replica does not reach back that far
     * @throws BrokenChainException if transactions are missing before the state asked for
     */
    public static RestorePlan plan(String replica, Manifest manifest, RestoreTarget target, TimestampLookup times)
            throws IOException {
        if (manifest.isEmpty()) {
            throw new NothingToRestoreException(replica);
        }
        Chains chains = new Chains(manifest.all().toList());
        if (target instanceof RestoreTarget.AtTxId at) {
            if (!chains.reaches(at.txId())) {
                throw new TransactionNotAvailableException(
                        replica, at.txId(), chains.atMost(at.txId()), chains.after(at.txId()));
            }
            return new RestorePlan(target, chains.to(at.txId()));
        }
        if (target instanceof RestoreTarget.Before before) {
            TxId txId = new TimeSearch(manifest, before.instant(), times).last();
            if (txId == null || firstBase(manifest, txId) == null) {
                throw outOfRange(replica, manifest, before.instant(), times);
            }
            return new RestorePlan(target, chains.to(reachable(replica, manifest, chains, txId)));
        }
        TxId newest =
                manifest.all().map(LtxFile::max).max(Comparator.naturalOrder()).orElseThrow();
        return new RestorePlan(target, chains.to(reachable(replica, manifest, chains, newest)));
    }

    /** Every transaction that can be restored exactly, in ascending order. */
    public static NavigableSet<TxId> reachable(Manifest manifest) {
        return new Chains(manifest.all().toList()).ends();
    }

    /**
     * The transaction to restore where {@code txId} is what one would like. It is the last one before if files between the
     * two are gone because a compacted file stands in for them, which ends after {@code txId}: the price of deleting
     * level 0. If nothing stands in for them, something is lost, and that is an error.
     */
    private static TxId reachable(String replica, Manifest manifest, Chains chains, TxId txId)
            throws BrokenChainException {
        if (chains.reaches(txId)) {
            return txId;
        }
        TxId reachable = chains.atMost(txId);
        long reach = reachable == null ? 0 : reachable.value();
        long next = manifest.all()
                .filter(file -> file.max().compareTo(txId) <= 0)
                .mapToLong(file -> file.min().value())
                .filter(min -> min > reach + 1)
                .min()
                .orElse(txId.value() + 1);
        TxRange missing = TxRange.of(reach + 1, next - 1);
        if (reachable != null && isCarried(manifest, missing)) {
            return reachable;
        }
        throw BrokenChainException.gap(replica, missing, reachable);
    }

    /** Whether files that are no snapshots carry all of {@code txIds}. */
    private static boolean isCarried(Manifest manifest, TxRange txIds) {
        long next = txIds.min().value();
        for (LtxFile file : manifest.all()
                .filter(file -> !file.isBase())
                .sorted(Comparator.comparing(LtxFile::min))
                .toList()) {
            if (file.min().value() <= next) {
                next = Math.max(next, file.max().value() + 1);
            }
        }
        return next > txIds.max().value();
    }

    /**
     * Index of the first file at or after {@code from} that is not older than {@code instant}. Timestamps ascend within a
     * level, but for what was cut while a clock was behind. Listing times are only where the search begins: it widens in
     * both directions until exact timestamps enclose the answer, and halves from there.
     */
    static int firstNotBefore(List<LtxFile> files, int from, Instant instant, TimestampLookup times)
            throws IOException {
        int low = from; // everything below is older
        int high = files.size(); // everything from here on is not
        int probe = from; // from the beginning, lest one that was cut while a clock was behind passes for an early one
        while (probe < high && files.get(probe).createdAt().isBefore(instant)) {
            probe++;
        }
        for (int step = 1; low < high; step *= 2) {
            probe = Math.max(low, Math.min(high - 1, probe));
            if (times.timestampOf(files.get(probe)).isBefore(instant)) {
                low = probe + 1;
                if (low < high && !times.timestampOf(files.get(low)).isBefore(instant)) {
                    return low;
                }
                probe = low + step;
            } else {
                high = probe;
                probe = high - step;
            }
            if (step >= high - low) {
                break;
            }
        }
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (times.timestampOf(files.get(middle)).isBefore(instant)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The file that reaches least far of those that start at TXID 1 and end at {@code atMost} or before, or null. */
    private static @Nullable LtxFile firstBase(Manifest manifest, @Nullable TxId atMost) {
        return manifest.all()
                .filter(LtxFile::isBase)
                .filter(file -> atMost == null || file.max().compareTo(atMost) <= 0)
                .min(Comparator.comparing(LtxFile::max))
                .orElse(null);
    }

    private static TimestampOutOfRangeException outOfRange(
            String replica, Manifest manifest, Instant instant, TimestampLookup times) throws IOException {
        LtxFile first = firstBase(manifest, null);
        LtxFile last = Objects.requireNonNull(manifest.newestFile(), "nothing to restore from");
        return new TimestampOutOfRangeException(
                replica, instant, first == null ? null : times.timestampOf(first), times.timestampOf(last));
    }
}
