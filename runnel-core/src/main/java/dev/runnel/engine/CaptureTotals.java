package dev.runnel.engine;

import dev.runnel.capture.CaptureCounts;
import dev.runnel.capture.Continuity;
import dev.runnel.capture.CutFile;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What was counted over all attachments of a database. Thread-safe. */
final class CaptureTotals {

    private static final CaptureCounts NONE = new CaptureCounts(0, 0, Map.of());

    private final Map<String, Long> counters = new TreeMap<>();
    private CaptureCounts current = NONE;

    /** Tells the counts of the attachment that goes on. */
    synchronized void attached(CaptureCounts counts) {
        current = counts;
    }

    /** Tells the last counts of the attachment that ends. */
    synchronized void add(CaptureCounts counts) {
        addTo(counters, counts);
        current = NONE;
    }

    private static void addTo(Map<String, Long> counters, CaptureCounts counts) {
        counters.merge("resets_followed", counts.resetsFollowed(), Long::sum);
        counters.merge("swaps", counts.swaps(), Long::sum);
        for (Map.Entry<Continuity.Reason, Integer> entry : counts.breaks().entrySet()) {
            String name = "reconciles_" + entry.getKey().name().toLowerCase(Locale.ROOT);
            counters.merge(name, (long) entry.getValue(), Long::sum);
        }
    }

    synchronized void cut(CutFile file) {
        add("cuts", 1);
        add("cut_pages", file.pages());
        add("cut_bytes", file.size());
    }

    /** Time spent on cutting and on reading what is cut. */
    synchronized void spent(long nanos) {
        add("cut_nanos", nanos);
    }

    /** A checkpoint of ours ended. */
    synchronized void checkpoint(boolean failed, long nanos) {
        add("checkpoints", 1);
        add("checkpoint_failures", failed ? 1 : 0);
        add("checkpoint_nanos", nanos);
    }

    /** A step failed. */
    synchronized void failed() {
        add("failures", 1);
    }

    private void add(String name, long count) {
        counters.merge(name, count, Long::sum);
    }

    /** Totals by name, sorted. */
    synchronized Map<String, Long> counters() {
        Map<String, Long> all = new TreeMap<>(counters);
        addTo(all, current);
        return all;
    }
}
