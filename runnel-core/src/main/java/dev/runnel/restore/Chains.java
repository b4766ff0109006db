package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.model.TxId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The best chain from TXID 1 to every transaction that some chain reaches: fewest files, then fewest bytes.
 *
 * <p>Files are visited by ascending last TXID, so every chain that a file can follow is known when it is visited: those
 * that end in {@code [min - 1, max)}, which are always the most recent ones. The best of a suffix of a growing list is
 * found on a stack of candidates of falling quality; n files take O(n log n).
 */
final class Chains {

    private static final Comparator<Chain> BETTER =
            Comparator.comparingInt(Chain::count).thenComparingLong(Chain::bytes);

    /** Equal chains to one transaction: the order must not depend on that of the listing. */
    private static final Comparator<Chain> BETTER_TO_SAME_END = BETTER.thenComparing(
                    chain -> chain.last().level(), Comparator.reverseOrder())
            .thenComparing(chain -> chain.last().min());

    private final TreeMap<TxId, Chain> byEnd = new TreeMap<>();

    /** A chain: its last file and the chain before it. */
    private record Chain(LtxFile last, @Nullable Chain before, int count, long bytes) {

        static Chain of(LtxFile file, @Nullable Chain before) {
            return before == null
                    ? new Chain(file, null, 1, file.size())
                    : new Chain(file, before, before.count + 1, before.bytes + file.size());
        }

        TxId end() {
            return last.max();
        }
    }

    Chains(Collection<LtxFile> files) {
        List<LtxFile> sorted = new ArrayList<>(files);
        sorted.sort(Comparator.comparing(LtxFile::max));
        List<Chain> stack = new ArrayList<>();
        for (int from = 0; from < sorted.size(); ) {
            TxId end = sorted.get(from).max();
            Chain best = null;
            int i = from;
            for (; i < sorted.size() && sorted.get(i).max().equals(end); i++) {
                Chain chain = extend(sorted.get(i), stack);
                if (chain != null && (best == null || BETTER_TO_SAME_END.compare(chain, best) < 0)) {
                    best = chain;
                }
            }
            if (best != null) {
                byEnd.put(end, best);
                while (!stack.isEmpty() && BETTER.compare(stack.get(stack.size() - 1), best) >= 0) {
                    stack.remove(stack.size() - 1);
                }
                stack.add(best);
            }
            from = i;
        }
    }

    /** The best chain that ends with {@code file}, or null if it follows none. */
    private static @Nullable Chain extend(LtxFile file, List<Chain> stack) {
        if (file.isBase()) {
            return Chain.of(file, null);
        }
        long from = file.min().value() - 1;
        int low = 0;
        int high = stack.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (stack.get(middle).end().value() < from) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == stack.size() ? null : Chain.of(file, stack.get(low));
    }

    /** Whether a chain ends at {@code txId}. */
    boolean reaches(TxId txId) {
        return byEnd.containsKey(txId);
    }

    /** The highest transaction that a chain ends at and that is at most {@code txId}, or null. */
    @Nullable
    TxId atMost(TxId txId) {
        return byEnd.floorKey(txId);
    }

    /** The lowest transaction that a chain ends at and that is after {@code txId}, or null. */
    @Nullable
    TxId after(TxId txId) {
        return byEnd.higherKey(txId);
    }

    /** The highest transaction that a chain ends at, or null. */
    @Nullable
    TxId newest() {
        return byEnd.isEmpty() ? null : byEnd.lastKey();
    }

    /** Every transaction that a chain ends at. */
    NavigableSet<TxId> ends() {
        return byEnd.navigableKeySet();
    }

    /** The files of the best chain to {@code txId}, which must be reachable, in order. */
    List<LtxFile> to(TxId txId) {
        List<LtxFile> files = new ArrayList<>();
        for (Chain chain = byEnd.get(txId); chain != null; chain = chain.before()) {
            files.add(chain.last());
        }
        Collections.reverse(files);
        return files;
    }
}
