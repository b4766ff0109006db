package dev.runnel.archive;

import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one replica holds: its LTX files by level, in the order of {@link LtxFile#ORDER}. Immutable, so that readers see
 * one state; a change gives another manifest and copies the changed level only.
 */
public final class Manifest {

    /** A replica without files. */
    public static final Manifest EMPTY = new Manifest(noFiles());

    private static final int LEVELS = 10;

    private final List<List<LtxFile>> levels;

    private Manifest(List<List<LtxFile>> levels) {
        this.levels = levels;
    }

    private static List<List<LtxFile>> noFiles() {
        return Collections.nCopies(LEVELS, List.of());
    }

    /** A manifest of these files, in any order. Of two files at one place the last wins. */
    public static Manifest of(Collection<LtxFile> files) {
        List<List<LtxFile>> levels = new ArrayList<>();
        for (int i = 0; i < LEVELS; i++) {
            levels.add(new ArrayList<>());
        }
        for (LtxFile file : files) {
            levels.get(file.level().number()).add(file);
        }
        for (int i = 0; i < LEVELS; i++) {
            List<LtxFile> level = levels.get(i);
            level.sort(LtxFile.ORDER);
            List<LtxFile> unique = new ArrayList<>(level.size());
            for (LtxFile file : level) {
                if (!unique.isEmpty() && unique.get(unique.size() - 1).samePlace(file)) {
                    unique.set(unique.size() - 1, file);
                } else {
                    unique.add(file);
                }
            }
            levels.set(i, Collections.unmodifiableList(unique));
        }
        return new Manifest(Collections.unmodifiableList(levels));
    }

    /** Files of a level, ascending by last TXID. */
    public List<LtxFile> files(Level level) {
        return levels.get(level.number());
    }

    /** All files, level by level. */
    public Stream<LtxFile> all() {
        return levels.stream().flatMap(List::stream);
    }

    /** Whether there is no file at all. */
    public boolean isEmpty() {
        return levels.stream().allMatch(List::isEmpty);
    }

    /** Number of files. */
    public int size() {
        return levels.stream().mapToInt(List::size).sum();
    }

    /** Length of all files together, in bytes. */
    public long bytes() {
        return all().mapToLong(LtxFile::size).sum();
    }

    /** The file at that place, or null. */
    public @Nullable LtxFile find(Level level, TxRange txIds) {
        int index = indexOf(level, txIds);
        return index < 0 ? null : files(level).get(index);
    }

    /** The file of a level with the highest last TXID, or null if the level is empty. */
    public @Nullable LtxFile newestFile(Level level) {
        List<LtxFile> files = files(level);
        return files.isEmpty() ? null : files.get(files.size() - 1);
    }

    /** Highest TXID of a level, or null if it is empty. */
    public @Nullable TxId newest(Level level) {
        LtxFile file = newestFile(level);
        return file == null ? null : file.max();
    }

    /**
     * A file that ends at a TXID, of the lowest level that has one.
     *
     * @throws IllegalStateException if there is none
     */
    public LtxFile fileEndingAt(TxId txId) {
        return all().filter(file -> file.max().equals(txId))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no file ends at " + txId));
    }

    /** The file, no base, that leads furthest from a TXID; null if none goes on from there. */
    public @Nullable LtxFile furthestFrom(TxId position) {
        return all().filter(file -> !file.isBase() && file.txIds().extendsFrom(position))
                .max(Comparator.comparing(LtxFile::max))
                .orElse(null);
    }

    /** Highest TXID in any file, reachable or not; null if there is no file. */
    public @Nullable TxId newest() {
        LtxFile file = newestFile();
        return file == null ? null : file.max();
    }

    /** The file with the highest last TXID, reachable or not; null if there is no file. */
    public @Nullable LtxFile newestFile() {
        return all().max(Comparator.comparing(LtxFile::max)).orElse(null);
    }

    /** Highest TXID that a chain of files from TXID 1 reaches, or null if nothing can be restored. */
    public @Nullable TxId newestRestorable() {
        long reach = reachOf(all().toList());
        return reach == 0 ? null : new TxId(reach);
    }

    /** Highest TXID that a chain from TXID 1 through some of these files reaches, or 0. */
    static long reachOf(Collection<LtxFile> files) {
        LtxFile[] byMin = files.toArray(LtxFile[]::new);
        Arrays.sort(byMin, Comparator.comparing(LtxFile::min));
        long reach = 0;
        for (LtxFile file : byMin) {
            if (file.min().value() > reach + 1) {
                break;
            }
            reach = Math.max(reach, file.max().value());
        }
        return reach;
    }

    /** Whether the files of a level carry every transaction of {@code txIds}, without a gap between them. */
    public boolean covers(Level level, TxRange txIds) {
        long next = txIds.min().value();
        long end = txIds.max().value();
        List<LtxFile> files = files(level);
        for (int i = firstReaching(files, next); i < files.size() && next <= end; i++) {
            LtxFile file = files.get(i);
            if (file.min().value() <= next && file.max().value() >= next) {
                next = file.max().value() + 1;
            }
        }
        return next > end;
    }

    /** Ranges of transactions missing between the files of a level; not what lies before its first or after its last. */
    public List<TxRange> gaps(Level level) {
        List<LtxFile> byMin = new ArrayList<>(files(level));
        byMin.sort(Comparator.comparing(LtxFile::min));
        List<TxRange> gaps = new ArrayList<>();
        long reach = byMin.isEmpty() ? 0 : byMin.get(0).max().value();
        for (LtxFile file : byMin) {
            if (file.min().value() > reach + 1) {
                gaps.add(TxRange.of(reach + 1, file.min().value() - 1));
            }
            reach = Math.max(reach, file.max().value());
        }
        return gaps;
    }

    /** This manifest with a file added, or replaced at its place. */
    public Manifest with(LtxFile file) {
        List<LtxFile> old = files(file.level());
        int index = indexOf(file.level(), file.txIds());
        List<LtxFile> changed = new ArrayList<>(old.size() + 1);
        changed.addAll(old);
        if (index >= 0) {
            changed.set(index, file);
        } else {
            changed.add(-index - 1, file);
        }
        return replacing(file.level(), changed);
    }

    /** This manifest without these files (by place; unknown ones are ignored). */
    public Manifest without(Collection<LtxFile> files) {
        Manifest result = this;
        for (int i = 0; i < LEVELS; i++) {
            Level level = new Level(i);
            Set<TxRange> gone = new HashSet<>();
            for (LtxFile file : files) {
                if (file.level().equals(level)) {
                    gone.add(file.txIds());
                }
            }
            if (!gone.isEmpty()) {
                List<LtxFile> kept = new ArrayList<>(files(level));
                kept.removeIf(file -> gone.contains(file.txIds()));
                result = result.replacing(level, kept);
            }
        }
        return result;
    }

    private Manifest replacing(Level level, List<LtxFile> files) {
        List<List<LtxFile>> changed = new ArrayList<>(levels);
        changed.set(level.number(), Collections.unmodifiableList(files));
        return new Manifest(Collections.unmodifiableList(changed));
    }

    private int indexOf(Level level, TxRange txIds) {
        LtxFile probe = new LtxFile(level, txIds, 0, Instant.EPOCH, false);
        return Collections.binarySearch(files(level), probe, LtxFile.ORDER);
    }

    /** Index of the first file whose last TXID is {@code txId} or later. */
    private static int firstReaching(List<LtxFile> files, long txId) {
        int low = 0;
        int high = files.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (files.get(middle).max().value() < txId) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Whether both hold the same files. What is known of their times does not count. */
    public boolean isSame(Manifest other) {
        return levels.stream()
                .flatMap(List::stream)
                .map(Manifest::place)
                .toList()
                .equals(other.levels.stream()
                        .flatMap(List::stream)
                        .map(Manifest::place)
                        .toList());
    }

    private static List<Object> place(LtxFile file) {
        return List.of(file.level(), file.txIds(), file.size());
    }

    @Override
    public String toString() {
        return size() + " files, newest " + newest();
    }
}
