package dev.runnel.testkit.world;

/** What can happen in a step beside what applications do. */
enum WorldEvent {
    MILLISECONDS_PASS(30),
    SECONDS_PASS(20),
    MINUTES_PASS(5),
    HOURS_PASS(1),
    /** The durability barrier, waited for. */
    SYNC(12),
    /** The durability barrier, not waited for. */
    SYNC_AND_GO_ON(2),
    STOP(2),
    START(8),
    /** Between two tasks. */
    ABANDON(2),
    /** In the middle of a task to come. */
    KILL(4),
    /** The state directory is deleted, perhaps while it is in use. */
    STATE_LOST(1),
    /** Files of the state directory are missing or short. */
    STATE_DAMAGED(1),
    POWER_LOSS(1),
    STORE_FAILS(2),
    STORE_RECOVERS(6),
    CLOCK_JUMPS(1),
    /** Somebody copies the database away. */
    COPY_AWAY(1),
    /** Somebody puts the copy in the place of the database. */
    DATABASE_REPLACED(1),
    DATABASE_DELETED(1),
    /** Another page size, by way of a rollback journal. */
    REFORMAT(1);

    /** How likely it is, among the others. */
    final int weight;

    WorldEvent(int weight) {
        this.weight = weight;
    }
}
