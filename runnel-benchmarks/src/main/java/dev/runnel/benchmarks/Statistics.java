package dev.runnel.benchmarks;

import java.util.List;

/** Order statistics. */
final class Statistics {

    private Statistics() {}

    /** The value at a share of the sorted values. */
    static double quantile(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1L, Math.round(share * (sorted.size() - 1))));
    }

    static double median(List<Double> values) {
        return quantile(values, 0.5);
    }

    /** Two digits behind the point of each. */
    static List<String> rounded(List<Double> values) {
        return values.stream().map(value -> String.format("%.2f", value)).toList();
    }
}
