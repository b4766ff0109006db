package dev.runnel.capture;

import java.util.Map;

/**
 * What a capture counted since it attached.
 *
 * @param resetsFollowed resets of the WAL that were followed without a page diff
 * @param swaps how often slot 0 took over from the gate
 * @param breaks how often continuity was not proved, by reason; {@link Continuity.Reason#NO_POSITION} is no incident
 */
public record CaptureCounts(long resetsFollowed, long swaps, Map<Continuity.Reason, Integer> breaks) {}
