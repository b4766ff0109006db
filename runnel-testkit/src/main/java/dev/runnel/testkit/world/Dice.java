package dev.runnel.testkit.world;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** All chance in a world: the same seed gives the same numbers. Not thread-safe. */
final class Dice {

    private final SplittableRandom random;

    Dice(long seed) {
        this(new SplittableRandom(seed));
    }

    private Dice(SplittableRandom random) {
        this.random = random;
    }

    /** Other dice, whose numbers do not depend on how often these are thrown from now on. */
    Dice split() {
        return new Dice(random.split());
    }

    /** Numbers for code under test: those that threads other than this one draw are all the same. */
    RandomGenerator generator() {
        SplittableRandom own = random.split();
        Thread owner = Thread.currentThread();
        return () -> Thread.currentThread().equals(owner) ? own.nextLong() : 0;
    }

    /** From 0 to {@code bound - 1}. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Both ends included. */
    int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    /** Small ones are more likely: the order of magnitude is even. */
    int magnitude(int low, int high) {
        return (int) Math.round(Math.exp(Math.log(low) + random.nextDouble() * (Math.log(high) - Math.log(low))));
    }

    long anyLong() {
        return random.nextLong();
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    final <T> T of(T... choices) {
        return choices[below(choices.length)];
    }

    <T> T of(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** One of the keys, each as likely as its weight says; at least one weight is positive. */
    <T> T weighted(Map<T, Integer> weights) {
        int sum = weights.values().stream().mapToInt(Integer::intValue).sum();
        int at = below(sum);
        for (Map.Entry<T, Integer> choice : weights.entrySet()) {
            at -= choice.getValue();
            if (at < 0) {
                return choice.getKey();
            }
        }
        throw new AssertionError("weights " + weights);
    }
}
