package dev.runnel.testkit.world;

import java.util.stream.LongStream;

/**
 * Which seeds a test runs: one for {@code -Drunnel.seed}, else as many as {@code -Drunnel.seeds} says, from
 * {@code -Drunnel.firstSeed} on.
 */
public final class Seeds {

    private Seeds() {}

    /** Seeds of a test that runs {@code byDefault} of them. */
    public static LongStream of(int byDefault) {
        Long only = Long.getLong("runnel.seed");
        if (only != null) {
            return LongStream.of(only);
        }
        long first = Long.getLong("runnel.firstSeed", 1);
        return LongStream.range(first, first + Integer.getInteger("runnel.seeds", byDefault));
    }

    /** The command that runs one seed of a test again. */
    static String replay(String test, long seed) {
        return "replay with ./mvnw -pl runnel-testkit -am -Dsurefire.failIfNoSpecifiedTests=false -Dtest=" + test
                + " -Drunnel.seed=" + seed + " test; what happens in full with -Drunnel.trail=true";
    }

    /** Whether the seeds are those of the default build, of which what they reach is known. */
    public static boolean areDefault() {
        return System.getProperty("runnel.seed") == null
                && System.getProperty("runnel.firstSeed") == null
                && System.getProperty("runnel.seeds") == null;
    }
}
