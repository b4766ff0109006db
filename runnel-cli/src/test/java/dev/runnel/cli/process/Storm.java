package dev.runnel.cli.process;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An application that does all that applications do to a database, in a thread of the test: small and large transactions,
 * rollbacks, checkpoints of every kind, deletions, VACUUM, its own death. A counter tells how far it is, and transfers
 * between accounts keep their sum, so that any consistent state can be told from any other.
 */
final class Storm implements AutoCloseable {

    /** What a state of the database answers: the counter, and the sum of all accounts, which never changes. */
    static final String STATE = "SELECT n || '/' || (SELECT sum(balance) FROM account) FROM counter";

    private static final int ACCOUNTS = 50;
    private static final int SUM = 5000;

    private final Path database;
    private final Random random;
    private final Thread thread = new Thread(this::rage, "storm");
    private final AtomicInteger steps = new AtomicInteger();
    private final AtomicInteger deaths = new AtomicInteger();
    private final AtomicInteger deathsWanted = new AtomicInteger();
    private final AtomicInteger truncations = new AtomicInteger();
    private final AtomicInteger truncationsWanted = new AtomicInteger();
    private volatile boolean stopping;
    private volatile @Nullable Throwable failure;
    private volatile Shell shell;
    private int counter;

    /** Makes the database; nothing more happens before {@link #start}. */
    Storm(Path database, long seed) {
        this.database = database;
        this.random = new Random(seed);
        this.shell = open();
        shell.run("PRAGMA page_size=" + (512 << random.nextInt(6)));
        shell.run("PRAGMA auto_vacuum=" + random.nextInt(3));
        shell.run("PRAGMA journal_mode=wal");
        shell.run("CREATE TABLE counter(n INTEGER); INSERT INTO counter VALUES (0)");
        shell.run("CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER)");
        shell.run("INSERT INTO account(balance) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT "
                + ACCOUNTS + ") SELECT " + SUM / ACCOUNTS + " FROM n");
        shell.run("CREATE TABLE log(id INTEGER PRIMARY KEY, n, pad); CREATE INDEX log_pad ON log(pad)");
    }

    private Shell open() {
        return Shell.open(database, "PRAGMA synchronous=normal", "PRAGMA cache_size=20");
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits until the application has done {@code count} more things. */
    void awaitSteps(int count) {
        int target = steps.get() + count;
        Await.until(count + " steps of the application", () -> isAt(target));
    }

    private boolean isAt(int target) {
        if (failure != null) {
            throw new AssertionError("the application failed", failure);
        }
        return steps.get() >= target;
    }

    /** Has the application killed with SIGKILL within a transaction, and started anew. Waits for it. */
    void dieOnce() {
        int target = deaths.get() + 1;
        deathsWanted.incrementAndGet();
        Await.until("the death of the application", () -> isAt(0) && deaths.get() >= target);
    }

    /** Lets the application do a last transaction. Returns what {@link #STATE} answers from now on. */
    String stop() throws InterruptedException {
        stopping = true;
        thread.join();
        isAt(0);
        transfer();
        String state = shell.run(STATE);
        if (!state.equals(counter + "/" + SUM)) {
            throw new AssertionError("the source itself is not what was written to it: " + state);
        }
        return state;
    }

    /** Waits until the application has done {@code count} more things, and then emptied its WAL. */
    void truncateAfter(int count) {
        awaitSteps(count);
        int target = truncations.get() + 1;
        truncationsWanted.incrementAndGet();
        Await.until("a checkpoint of the application", () -> isAt(0) && truncations.get() >= target);
    }

    private void rage() {
        try {
            while (!stopping) {
                if (deathsWanted.get() > deaths.get()) {
                    die();
                }
                if (truncationsWanted.get() > truncations.get()) {
                    shell.run("PRAGMA wal_checkpoint(TRUNCATE)");
                    truncations.incrementAndGet();
                }
                step(random.nextInt(100));
                steps.incrementAndGet();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    private void step(int dice) {
        if (dice < 80) {
            transfer();
        } else if (dice < 84) {
            shell.run("BEGIN IMMEDIATE; UPDATE counter SET n = -1; DELETE FROM account; ROLLBACK");
        } else if (dice < 88) {
            grow(); // larger than the page cache: frames are spilled before the commit
        } else if (dice < 91) {
            shell.run("DELETE FROM log WHERE id % 3 = " + random.nextInt(3));
        } else if (dice < 92) {
            shell.run("VACUUM");
        } else if (dice < 93) {
            shell.run("PRAGMA incremental_vacuum");
        } else if (dice < 94) {
            holdASnapshot();
        } else {
            checkpoint();
        }
    }

    /** Another connection of the application reads for a while: the WAL can be neither backfilled to its end nor reset. */
    private void holdASnapshot() {
        try (Shell reader = open()) {
            String seen = reader.run("BEGIN; " + STATE);
            for (int i = random.nextInt(10); i > 0; i--) {
                transfer();
            }
            if (!reader.run(STATE + "; COMMIT").equals(seen)) {
                throw new AssertionError("a snapshot of the application changed under it: " + seen);
            }
        }
    }

    /** Only the daemon can be in its way, and must not be. */
    private void checkpoint() {
        String[] modes = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
        String mode = modes[random.nextInt(modes.length)];
        String answer = shell.run("PRAGMA wal_checkpoint(" + mode + ")");
        if (!answer.startsWith("0|")) {
            throw new AssertionError("a checkpoint " + mode + " found the database busy: " + answer);
        }
    }

    private String transferSql(int next) {
        int amount = random.nextInt(20);
        return "BEGIN IMMEDIATE; UPDATE counter SET n = " + next
                + "; UPDATE account SET balance = balance - " + amount + " WHERE id = " + account()
                + "; UPDATE account SET balance = balance + " + amount + " WHERE id = " + account()
                + "; INSERT INTO log(n, pad) VALUES (" + next + ", hex(randomblob(" + random.nextInt(300) + ")))";
    }

    private int account() {
        return 1 + random.nextInt(ACCOUNTS);
    }

    private void transfer() {
        shell.run(transferSql(counter + 1) + "; COMMIT");
        counter++;
    }

    private void grow() {
        shell.run("INSERT INTO log(n, pad) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT "
                + (50 + random.nextInt(400)) + ") SELECT " + counter + ", hex(randomblob(100)) FROM n");
    }

    /** Dies with an open transaction, or with one of which nobody knows whether its COMMIT was reached. */
    private void die() {
        if (random.nextBoolean()) {
            shell.run(transferSql(counter + 1));
            shell.run("UPDATE log SET pad = hex(randomblob(200))");
        } else {
            shell.send(transferSql(counter + 1) + "; COMMIT");
        }
        shell.kill();
        shell = open();
        counter = Integer.parseInt(shell.run("SELECT n FROM counter"));
        deaths.incrementAndGet();
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        shell.close();
    }
}
