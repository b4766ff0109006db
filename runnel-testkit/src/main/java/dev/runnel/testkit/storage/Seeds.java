package dev.runnel.testkit.storage;

/** Seeds of random tests: printed, and set by {@code -Drunnel.seed} for a replay. */
final class Seeds {

    private Seeds() {}

    /** The seed of one run of a test; the line on standard error is what replays it. */
    static long choose(String test) {
        Long given = Long.getLong("runnel.seed");
        long seed = given != null ? given : new java.util.SplittableRandom().nextLong();
        System.err.println(test + ": replay with -Drunnel.seed=" + seed);
        return seed;
    }
}
