package dev.runnel.testkit.world;

import java.util.ArrayList;
import java.util.List;

/** What happened in a world so far, for the message of its failure. */
final class Trail {

    private static final boolean LOUD = Boolean.getBoolean("runnel.trail");
    private static final int SHOWN = 60;

    private final List<String> steps = new ArrayList<>();

    void add(String step) {
        steps.add(step);
        if (LOUD) {
            System.err.println(steps.size() + " " + step);
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        int from = Math.max(0, steps.size() - SHOWN);
        if (from > 0) {
            text.append("  (").append(from).append(" earlier steps; all with -Drunnel.trail=true)\n");
        }
        for (int i = from; i < steps.size(); i++) {
            text.append("  ").append(i + 1).append(' ').append(steps.get(i)).append('\n');
        }
        return text.toString();
    }
}
