package dev.runnel.retain;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what no restore to an instant inside the retention window needs. Pure.
 *
 * <p>The window reaches from {@code now - snapshotRetention} to now. The newest snapshot that is certainly older than the
 * window's start is its <em>base</em>: every instant inside the window is restored from it, because every chain that
 * reaches beyond the base's last transaction has a file that follows the base. So
 *
 * <ul>
 *   <li>snapshots that end before the base, and files of levels 0 to 8 that end no later than the base, may go; without a
 *       base nothing may. The newest file of every level stays: it is where compaction, and Litestream, go on;
 *   <li>a file of level 0 may go as well once files of level 1, of which all transactions are older than
 *       {@code l0Retention}, carry it: what that costs is the choice of instants between the ends of the level 1 files.
 *       Later files of level 0 would be of no use to a restore without the first ones of the same level 1 file.
 * </ul>
 *
 * A snapshot whose exact time is not known counts as new. The newest snapshot always stays.
 *
 * @param enabled false keeps everything, for stores whose life cycle rules delete
 * @param snapshotRetention length of the window; zero keeps everything but covered files of level 0
 * @param l0Retention how long files of level 0 stay at least; zero keeps them for ever
 */
public record RetentionPolicy(boolean enabled, Duration snapshotRetention, Duration l0Retention) {

    /** As Litestream. */
    public static final Duration DEFAULT_SNAPSHOT_RETENTION = Duration.ofHours(24);
    /** As Litestream. */
    public static final Duration DEFAULT_L0_RETENTION = Duration.ofMinutes(5);

    public RetentionPolicy {
        if (snapshotRetention.isNegative() || l0Retention.isNegative()) {
            throw new IllegalArgumentException(
                    "retention must not be negative: " + snapshotRetention + ", level 0 " + l0Retention);
        }
    }

    /** The policy of Litestream's defaults. */
    public static RetentionPolicy defaults() {
        return new RetentionPolicy(true, DEFAULT_SNAPSHOT_RETENTION, DEFAULT_L0_RETENTION);
    }

    /** What may be deleted at {@code now}, level 0 first. */
    public List<LtxFile> plan(Manifest manifest, Instant now) {
        return plan(manifest, now, null);
    }

    /**
     * The same while something is known to be damaged.
     *
     * @param doubtful snapshots up to this transaction are no base for anything; null for none
     */
    public List<LtxFile> plan(Manifest manifest, Instant now, @Nullable TxId doubtful) {
        if (!enabled) {
            return List.of();
        }
        LtxFile base = base(manifest, now);
        if (base != null && doubtful != null && base.max().compareTo(doubtful) <= 0) {
            base = null; // those before it may be all that can be restored from
        }
        List<LtxFile> files = new ArrayList<>(levelZero(manifest, base, now));
        if (base != null) {
            for (int i = 1; i <= Level.SNAPSHOT.number(); i++) {
                files.addAll(supersededBy(base, manifest.files(new Level(i))));
            }
        }
        return files;
    }

    /**
     * The newest snapshot that is certainly older than the window, or null. One that seems to be, but comes after one within
     * it, was taken by a clock that was behind, and one of days to come by one that was ahead: they tell nothing.
     */
    @Nullable
    LtxFile base(Manifest manifest, Instant now) {
        if (snapshotRetention.isZero()) {
            return null;
        }
        Instant start = now.minus(snapshotRetention);
        LtxFile base = null;
        for (LtxFile snapshot : manifest.files(Level.SNAPSHOT)) {
            if (snapshot.exactTime() && !snapshot.createdAt().isAfter(now)) {
                if (!snapshot.createdAt().isBefore(start)) {
                    break;
                }
                base = snapshot;
            }
        }
        return base;
    }

    private static List<LtxFile> supersededBy(LtxFile base, List<LtxFile> level) {
        List<LtxFile> files = new ArrayList<>();
        for (int i = 0; i < level.size() - 1; i++) {
            LtxFile file = level.get(i);
            if (file.level().isSnapshot() ? file.max().compareTo(base.max()) < 0 : endsWithin(base, file)) {
                files.add(file);
            }
        }
        return files;
    }

    private List<LtxFile> levelZero(Manifest manifest, @Nullable LtxFile base, Instant now) {
        List<LtxFile> files = new ArrayList<>();
        if (l0Retention.isZero()) {
            return files;
        }
        Instant start = now.minus(l0Retention);
        Level one = new Level(1);
        Manifest oldEnough = Manifest.of(manifest.files(one).stream()
                .filter(file -> file.createdAt().isBefore(start))
                .toList());
        List<LtxFile> level = manifest.files(Level.L0);
        for (int i = 0; i < level.size() - 1; i++) {
            LtxFile file = level.get(i);
            if (file.createdAt().isAfter(now)) {
                continue; // Cut while a clock was wrong: it does not tell that later ones are newer.
            }
            if (!file.createdAt().isBefore(start)) {
                break; // Later ones are newer, whatever their times say.
            }
            if ((base != null && endsWithin(base, file)) || oldEnough.covers(one, file.txIds())) {
                files.add(file);
            }
        }
        return files;
    }

    private static boolean endsWithin(LtxFile base, LtxFile file) {
        TxId end = base.max();
        return file.max().compareTo(end) <= 0;
    }
}
