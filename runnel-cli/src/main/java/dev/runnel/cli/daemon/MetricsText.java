package dev.runnel.cli.daemon;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Metrics in Prometheus' text format, version 0.0.4. Written by hand: a library would double the classes of an idle daemon to
 * do what these lines do, and keep a second copy of what the report knows. Not thread-safe.
 */
final class MetricsText {

    private final Map<String, Family> families = new LinkedHashMap<>();

    private record Family(String help, String type, StringBuilder samples) {}

    /** Adds a sample of a value that goes up and down. */
    MetricsText gauge(String name, String help, double value, String... labels) {
        return add(name, help, "gauge", value, labels);
    }

    /** Adds a sample of a count since the start. */
    MetricsText counter(String name, String help, double value, String... labels) {
        return add(name, help, "counter", value, labels);
    }

    /**
     * Adds one series of a histogram.
     *
     * @param bounds upper bounds, ascending
     * @param counts how many values lie above the bound before and up to this one; one more for those above all bounds
     * @param sum of all values
     */
    MetricsText histogram(
            String name, String help, List<Double> bounds, List<Long> counts, double sum, String... labels) {
        StringBuilder out = samples(name, help, "histogram");
        String[] withBound = Arrays.copyOf(labels, labels.length + 2);
        withBound[labels.length] = "le";
        long total = 0;
        for (int i = 0; i < counts.size(); i++) {
            total += counts.get(i);
            withBound[labels.length + 1] = i < bounds.size() ? number(bounds.get(i)) : "+Inf";
            sample(out, name + "_bucket", total, withBound);
        }
        sample(out, name + "_sum", sum, labels);
        sample(out, name + "_count", total, labels);
        return this;
    }

    /**
     * @param labels names and values in turn
     */
    private MetricsText add(String name, String help, String type, double value, String... labels) {
        sample(samples(name, help, type), name, value, labels);
        return this;
    }

    private StringBuilder samples(String name, String help, String type) {
        return families.computeIfAbsent(name, unused -> new Family(help, type, new StringBuilder()))
                .samples();
    }

    private static void sample(StringBuilder out, String name, double value, String... labels) {
        out.append(name);
        for (int i = 0; i < labels.length; i += 2) {
            out.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
            escape(out, labels[i + 1]);
            out.append('"');
        }
        if (labels.length > 0) {
            out.append('}');
        }
        out.append(' ').append(number(value)).append('\n');
    }

    private static void escape(StringBuilder out, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\', '"' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                default -> out.append(c);
            }
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /** The whole text. */
    String text() {
        StringBuilder out = new StringBuilder();
        families.forEach((name, family) -> out.append("# HELP ")
                .append(name)
                .append(' ')
                .append(family.help())
                .append("\n# TYPE ")
                .append(name)
                .append(' ')
                .append(family.type())
                .append('\n')
                .append(family.samples()));
        return out.toString();
    }
}
