package dev.runnel.cli;

import dev.runnel.verify.Repairer;
import dev.runnel.verify.ScrubReport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of the scrub of a replica.
 *
 * @param choice the replica
 * @param report what was found; null if it could not be listed
 * @param repairs what came of the repair of each damage; empty if none was asked for
 * @param after what was found after the repair; null if none was asked for, or nothing was damaged
 * @param problem why it could not be listed; null if it could
 */
public record ScrubResult(
        ReplicaChoice choice,
        @Nullable ScrubReport report,
        List<Repairer.Result> repairs,
        @Nullable ScrubReport after,
        @Nullable String problem) {

    public ScrubResult {
        repairs = List.copyOf(repairs);
    }

    /** Whether the replica is whole, perhaps because it was repaired, and restores something. */
    public boolean isGood() {
        ScrubReport last = after == null ? report : after;
        return last != null && last.isWhole() && !last.restorable().isEmpty();
    }
}
