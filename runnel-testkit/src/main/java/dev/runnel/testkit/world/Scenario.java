package dev.runnel.testkit.world;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What a seed decides about the database and its applications before anything happens. Swarm testing: some deeds are left
 * out altogether, so that what they would hide can show.
 *
 * @param pageSize in bytes
 * @param autoVacuum 0 none, 1 full, 2 incremental
 * @param cachePages page cache of a connection; small ones spill
 * @param synchronous OFF, NORMAL or FULL
 * @param autocheckpoint frames at which an application checkpoints, 0 for never
 * @param connections number of connections
 * @param padding whether commits are padded to whole sectors, as on disks that tear writes
 * @param rowBytes bytes of a usual row
 * @param initialRows rows made before anything else
 * @param steps number of steps
 * @param weights how likely each deed is
 */
record Scenario(
        int pageSize,
        int autoVacuum,
        int cachePages,
        String synchronous,
        int autocheckpoint,
        int connections,
        boolean padding,
        int rowBytes,
        int initialRows,
        int steps,
        Map<Deed, Integer> weights) {

    private static final Set<Deed> INDISPENSABLE = EnumSet.of(Deed.INSERT, Deed.UPDATE, Deed.DELETE, Deed.OPEN);

    static Scenario of(Dice dice) {
        Map<Deed, Integer> weights = new EnumMap<>(Deed.class);
        double omitted = dice.of(0.0, 0.2, 0.5);
        for (Deed deed : Deed.values()) {
            boolean out = !INDISPENSABLE.contains(deed) && dice.chance(omitted);
            weights.put(deed, out ? 0 : deed.weight);
        }
        int pageSize = dice.of(512, 512, 1024, 4096, 4096, 4096, 8192, 65536);
        boolean large = dice.chance(0.06);
        return new Scenario(
                pageSize,
                dice.of(0, 0, 1, 2),
                dice.of(5, 10, 100, 2000),
                dice.chance(0.1) ? dice.of("NORMAL", "FULL") : "OFF",
                dice.of(0, 20, 20, 100, 100, 1000),
                dice.between(1, 6),
                dice.chance(0.05),
                dice.magnitude(20, Math.min(6000, pageSize * 3)),
                large ? 3_000_000 / Math.max(600, pageSize) : dice.between(0, 60),
                dice.magnitude(20, 200),
                weights);
    }
}
