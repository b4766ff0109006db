package dev.runnel.testkit.world;

/** What an application can do in a step. */
enum Deed {
    /** A few rows in one transaction. */
    INSERT(100),
    /** More rows than the page cache holds, so that it spills to the WAL before the commit. */
    INSERT_MANY(25),
    UPDATE(80),
    DELETE(50),
    /** Money from one account to another: their sum never changes. */
    TRANSFER(60),
    /** A change of page 1 only. */
    USER_VERSION(10),
    /** A write transaction that writes nothing. */
    EMPTY_COMMIT(5),
    BEGIN(30),
    COMMIT(40),
    ROLLBACK(15),
    SAVEPOINT(10),
    ROLLBACK_TO(10),
    CREATE_TABLE(10),
    DROP_TABLE(8),
    CREATE_INDEX(8),
    DROP_INDEX(8),
    VACUUM(5),
    INCREMENTAL_VACUUM(10),
    CHECKPOINT_PASSIVE(12),
    CHECKPOINT_FULL(8),
    CHECKPOINT_RESTART(12),
    CHECKPOINT_TRUNCATE(12),
    /** A read transaction that stays. */
    READ_BEGIN(20),
    READ_END(20),
    SET_CACHE(5),
    SET_AUTOCHECKPOINT(5),
    OPEN(40),
    CLOSE(12),
    /** All connections, in order: the last one would delete the WAL. */
    CLOSE_ALL(5),
    /** SIGKILL of one process, whatever it is doing. */
    KILL(2);

    /** How likely it is, among the others. */
    final int weight;

    Deed(int weight) {
        this.weight = weight;
    }
}
