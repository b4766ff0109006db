package dev.runnel.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints figures as they are measured, each beside its goal, and a table of all of them at the end. */
final class Report {

    private static final String ROW = "%-46s %10s %-4s %9s %-5s %12s  %s%n";

    private final PrintStream out;
    private final List<String> rows = new ArrayList<>();

    Report(PrintStream out) {
        this.out = out;
        rows.add(String.format(ROW, "figure", "measured", "", "goal", "", "Litestream", ""));
    }

    /**
     * What a figure should be.
     *
     * @param most the goal: at most this; NaN for none
     * @param litestream what Litestream 0.5.16 reached, on another machine; empty if there is nothing to compare with
     */
    record Goal(double most, String litestream) {

        static final Goal NONE = new Goal(Double.NaN, "");

        static Goal atMost(double most, String litestream) {
            return new Goal(most, litestream);
        }

        private String shown() {
            return Double.isNaN(most) ? "" : "< " + number(most);
        }

        private String verdict(double value) {
            return Double.isNaN(most) ? "" : value <= most ? "ok" : "OVER";
        }
    }

    /** Tells one figure. */
    void figure(String name, double value, String unit, Goal goal, String note) {
        String row = String.format(
                Locale.ROOT, ROW, name, number(value), unit, goal.shown(), goal.verdict(value), goal.litestream, note);
        rows.add(row);
        out.print(row);
        out.flush();
    }

    /** Tells one figure that has no goal. */
    void figure(String name, double value, String unit, String note) {
        figure(name, value, unit, Goal.NONE, note);
    }

    /** Says something that is not a figure. */
    void say(String line) {
        out.println(line);
        out.flush();
    }

    /** Prints all figures once more. */
    void summarize() {
        out.println();
        rows.forEach(out::print);
        out.flush();
    }

    private static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.3f", value);
    }
}
