package dev.runnel.verify;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.restore.RestorePlanner;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds in a listing what must have been there. Pure.
 *
 * <p>No gap that means a loss: one of level 0 that higher levels carry (retention deletes there), and one that ends where
 * a snapshot ends (the history went on from that snapshot). Retention leaves at most one old file in each level, so that
 * several that nothing comes before tell of a loss; and a receipt or a page map of a later transaction than any file does.
 */
final class Gaps {

    private static final int MAX_POINTS = 100_000;

    private Gaps() {}

    /**
     * Files that are missing, as places without content: one for each run of transactions.
     *
     * @param witness the highest transaction that something beside the files tells of; null for none
     */
    static List<LtxFile> find(Manifest manifest, @Nullable TxId witness) {
        List<LtxFile> missing = new ArrayList<>();
        for (int i = 0; i < Level.SNAPSHOT.number(); i++) {
            Level level = new Level(i);
            for (TxRange gap : manifest.gaps(level)) {
                if (!endsWithSnapshot(manifest, gap) && !(i == 0 && isCarried(manifest, gap))) {
                    missing.add(place(level, gap));
                }
            }
        }
        TxRange before = beforeOrphans(manifest, missing);
        if (before != null) {
            missing.add(place(Level.SNAPSHOT, before));
        }
        TxId newest = manifest.newest();
        if (witness != null && (newest == null || witness.compareTo(newest) > 0)) {
            missing.add(
                    newest == null
                            ? place(Level.SNAPSHOT, new TxRange(TxId.FIRST, witness))
                            : place(Level.L0, new TxRange(newest.next(), witness)));
        }
        return missing;
    }

    /** The files that a gap of level 0 may have had: one for each transaction. */
    static List<LtxFile> filling(LtxFile missing) {
        long first = missing.min().value();
        long last = missing.max().value();
        if (!missing.level().equals(Level.L0) || last - first >= MAX_POINTS) {
            return List.of(missing);
        }
        List<LtxFile> files = new ArrayList<>();
        for (long txId = first; txId <= last; txId++) {
            files.add(place(Level.L0, TxRange.of(txId, txId)));
        }
        return files;
    }

    private static LtxFile place(Level level, TxRange txIds) {
        return new LtxFile(level, txIds, 0, Instant.EPOCH, false);
    }

    private static boolean endsWithSnapshot(Manifest manifest, TxRange gap) {
        return manifest.all().anyMatch(file -> file.isBase() && file.max().equals(gap.max()));
    }

    private static boolean isCarried(Manifest manifest, TxRange gap) {
        long next = gap.min().value();
        for (LtxFile file : manifest.all()
                .filter(file -> file.level().number() > 0 && !file.isBase())
                .sorted(Comparator.comparing(LtxFile::min))
                .toList()) {
            if (file.min().value() <= next) {
                next = Math.max(next, file.max().value() + 1);
            }
        }
        return next > gap.max().value();
    }

    /** What is missing before files that no chain reaches; null if there are none but what retention leaves. */
    private static @Nullable TxRange beforeOrphans(Manifest manifest, Collection<LtxFile> known) {
        List<LtxFile> files = new ArrayList<>(manifest.all().toList());
        known.forEach(gap -> files.addAll(filling(gap)));
        NavigableSet<TxId> reachable = RestorePlanner.reachable(Manifest.of(files));
        boolean several = false;
        TxId first = null;
        for (int i = 0; i <= Level.SNAPSHOT.number(); i++) {
            List<LtxFile> orphans = manifest.files(new Level(i)).stream()
                    .filter(file -> !reachable.contains(file.max()))
                    .toList();
            several |= orphans.size() > 1;
            for (LtxFile orphan : orphans) {
                first = first == null || orphan.min().compareTo(first) < 0 ? orphan.min() : first;
            }
        }
        return first != null && !first.isFirst() && (several || reachable.isEmpty())
                ? new TxRange(TxId.FIRST, new TxId(first.value() - 1))
                : null;
    }
}
