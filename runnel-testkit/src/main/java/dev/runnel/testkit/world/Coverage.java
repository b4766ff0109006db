package dev.runnel.testkit.world;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts what happened in the worlds of a run, so that a test can demand that everything did. Not thread-safe. */
public final class Coverage {

    private final Map<String, Long> counts = new TreeMap<>();

    void count(String what) {
        count(what, 1);
    }

    void count(String what, long times) {
        counts.merge(what, times, Long::sum);
    }

    /** How often something happened. */
    public long of(String what) {
        return counts.getOrDefault(what, 0L);
    }

    /** Those of {@code wanted} that never happened. */
    public List<String> missing(Collection<String> wanted) {
        List<String> missing = new ArrayList<>(wanted);
        missing.removeIf(what -> of(what) > 0);
        return missing;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        counts.forEach(
                (what, times) -> text.append(what).append('=').append(times).append('\n'));
        return text.toString();
    }
}
