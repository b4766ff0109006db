package dev.runnel.cli.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The compaction levels, alike for all replicas.
 *
 * @param intervals intervals of levels 1 to n, each greater than zero; at most 8
 * @param l0Retention how long a file of level 0 outlives its compaction into level 1; null for ever
 * @param l0CheckInterval how often level 0 is looked over
 * @param deletes whether anything may be deleted from a replica at all
 * @param listingCheckInterval how often replicas are verified that do not say so themselves; null for never
 */
public record LevelsConfig(
        List<Duration> intervals,
        @Nullable Duration l0Retention,
        Duration l0CheckInterval,
        boolean deletes,
        @Nullable Duration listingCheckInterval) {

    /** Litestream's defaults. */
    public static final LevelsConfig DEFAULT =
            new LevelsConfig(Defaults.LEVELS, Defaults.L0_RETENTION, Defaults.L0_RETENTION_CHECK_INTERVAL, true, null);

    /** The same, with nothing deleted. */
    public LevelsConfig withoutDeletes() {
        return new LevelsConfig(intervals, l0Retention, l0CheckInterval, false, listingCheckInterval);
    }

    public LevelsConfig {
        intervals = List.copyOf(intervals);
    }
}
