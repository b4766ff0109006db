package dev.runnel.testing;

import java.util.Random;

/** Randomness of tests: the seed is printed, and {@code -Drunnel.seed} replays a run. */
public final class Seeds {

    private Seeds() {}

    /** A generator whose seed is printed when the test runs. */
    public static Random random(String test) {
        long seed = Long.getLong("runnel.seed", test.hashCode() * 31L + 7);
        System.out.println(test + ": -Drunnel.seed=" + seed);
        return new Random(seed);
    }
}
