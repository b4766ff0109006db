package dev.runnel.ltx;

import java.security.SecureRandom;
import java.util.SplittableRandom;

/** Seeds of random tests: printed, and replayed with {@code -Drunnel.seed}. */
final class Seed {

    private Seed() {}

    static SplittableRandom random(String test) {
        long seed = Long.getLong("runnel.seed", new SecureRandom().nextLong());
        System.out.println(test + ": -Drunnel.seed=" + seed);
        return new SplittableRandom(seed);
    }
}
