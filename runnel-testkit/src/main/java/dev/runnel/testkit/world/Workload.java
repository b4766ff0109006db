package dev.runnel.testkit.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The applications of one world: their connections and what they do. What SQLite refuses is refused to them as well, and
 * they live with it. Not thread-safe.
 */
final class Workload {

    private static final int ACCOUNTS = 10;
    private static final int BALANCE = 100;
    /** Sum of all balances, whatever happens. */
    static final int SUM_OF_BALANCES = ACCOUNTS * BALANCE;

    private static final int TABLES = 5;
    private static final int MAX_BYTES = 4_000_000;

    private final Applications applications;
    private final Path database;
    private final Scenario scenario;
    private final Dice dice;
    private final Coverage coverage;
    private final Trail trail;
    private final Connection[] connections;
    private int cachePages;
    private int autocheckpoint;
    private int rest;

    /** A connection of an application, as far as its application remembers. */
    private static final class Connection {
        private final String name;
        private final int process;
        private boolean open;
        private boolean writing;
        private boolean reading;

        Connection(int number) {
            name = "c" + number;
            process = number % Applications.COUNT;
        }

        boolean inTransaction() {
            return writing || reading;
        }

        void closed() {
            open = false;
            writing = false;
            reading = false;
        }
    }

    Workload(Applications applications, Path database, Scenario scenario, Dice dice, Coverage coverage, Trail trail) {
        this.applications = applications;
        this.database = database;
        this.scenario = scenario;
        this.dice = dice;
        this.coverage = coverage;
        this.trail = trail;
        this.cachePages = scenario.cachePages();
        this.autocheckpoint = scenario.autocheckpoint();
        connections = new Connection[scenario.connections()];
        for (int i = 0; i < connections.length; i++) {
            connections[i] = new Connection(i);
        }
    }

    /** Makes the database. */
    void create() {
        Connection connection = connections[0];
        open(
                connection,
                "page_size=" + scenario.pageSize() + ";auto_vacuum=" + scenario.autoVacuum() + ";journal_mode=WAL;");
        sql(connection, "BEGIN").require();
        sql(connection, "CREATE TABLE accounts(id INTEGER PRIMARY KEY, balance INTEGER)")
                .require();
        sql(
                        connection,
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + ACCOUNTS
                                + ") INSERT INTO accounts SELECT i, " + BALANCE + " FROM n")
                .require();
        for (int i = 0; i < TABLES; i++) {
            createTable(connection, "t" + i).require();
        }
        sql(connection, "COMMIT").require();
        if (scenario.initialRows() > 0) {
            fill(connection, "t0", scenario.initialRows(), Math.max(scenario.rowBytes(), scenario.pageSize()));
        }
        trail.add("created " + scenario);
    }

    /** Lets an application do something, as the dice fall. */
    void step() {
        if (rest > 0) {
            rest--;
            return;
        }
        if (!Files.exists(database)) {
            create();
            return;
        }
        Deed deed = dice.weighted(scenario.weights());
        Connection connection = dice.of(java.util.List.of(connections));
        if (!connection.open && deed != Deed.KILL && deed != Deed.CLOSE_ALL) {
            deed = Deed.OPEN;
        }
        if (size() > MAX_BYTES && (deed == Deed.INSERT || deed == Deed.INSERT_MANY)) {
            deed = Deed.DELETE;
        }
        Reply reply = perform(deed, connection);
        trail.add(connection.name + " " + deed + ": " + reply);
        if (reply.ok()) {
            coverage.count("deed." + deed);
        }
        if (reply.code() == Reply.BUSY) {
            coverage.count("deed.busy");
        }
        if (reply.code() == 11 || reply.code() == 26 || reply.code() == 10) {
            throw new IllegalStateException("an application is harmed: " + reply);
        }
    }

    private long size() {
        try {
            return Files.exists(database) ? Files.size(database) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Reply perform(Deed deed, Connection connection) {
        String table = "t" + dice.below(TABLES);
        return switch (deed) {
            case INSERT -> fill(connection, table, dice.between(1, 5), dice.magnitude(1, scenario.rowBytes()));
            case INSERT_MANY -> {
                int bytes = dice.magnitude(scenario.rowBytes(), scenario.rowBytes() * 4);
                yield fill(connection, table, Math.min(400, dice.magnitude(20, 200_000) / bytes + 5), bytes);
            }
            case UPDATE -> sql(connection, "UPDATE " + table + " SET n = n + 1 WHERE id % " + some() + " = 0");
            case DELETE -> sql(connection, "DELETE FROM " + table + " WHERE id % " + some() + " = 0");
            case TRANSFER -> transfer(connection);
            case USER_VERSION -> sql(connection, "PRAGMA user_version=" + dice.below(1000));
            case EMPTY_COMMIT ->
                connection.inTransaction() ? busyAlready() : sql(connection, "BEGIN IMMEDIATE; COMMIT");
            case BEGIN -> begin(connection);
            case COMMIT -> end(connection, "COMMIT");
            case ROLLBACK -> end(connection, "ROLLBACK");
            case SAVEPOINT -> connection.writing ? sql(connection, "SAVEPOINT s") : begin(connection);
            case ROLLBACK_TO -> sql(connection, "ROLLBACK TO s");
            case CREATE_TABLE -> createTable(connection, table);
            case DROP_TABLE -> sql(connection, "DROP TABLE " + table);
            case CREATE_INDEX -> sql(connection, "CREATE INDEX i" + table + " ON " + table + "(n)");
            case DROP_INDEX -> sql(connection, "DROP INDEX i" + table);
            case VACUUM -> sql(connection, "VACUUM");
            case INCREMENTAL_VACUUM -> sql(connection, "PRAGMA incremental_vacuum(" + dice.between(0, 20) + ")");
            case CHECKPOINT_PASSIVE, CHECKPOINT_FULL, CHECKPOINT_RESTART, CHECKPOINT_TRUNCATE ->
                checkpoint(connection, deed);
            case READ_BEGIN -> beginRead(connection);
            case READ_END -> connection.reading ? end(connection, "COMMIT") : busyAlready();
            case SET_CACHE -> setCache(connection);
            case SET_AUTOCHECKPOINT -> setAutocheckpoint(connection);
            case OPEN -> connection.open ? busyAlready() : open(connection, "");
            case CLOSE -> close(connection);
            case CLOSE_ALL -> closeAll();
            case KILL -> kill(connection.process);
        };
    }

    private int some() {
        return dice.of(1, 2, 3, 5, 7, 20, 50);
    }

    /** The connection is not in a state to do it. */
    private static Reply busyAlready() {
        return new Reply(1, "not now");
    }

    private Reply sql(Connection connection, String sql) {
        SqliteApplication application = applications.application(connection.process);
        Reply reply = new Reply(0, "");
        for (String statement : sql.split("; ")) {
            reply = application.ask("sql", connection.name, statement);
            if (!reply.ok()) {
                break;
            }
        }
        return reply;
    }

    private Reply fill(Connection connection, String table, int rows, int bytes) {
        return applications
                .application(connection.process)
                .ask(
                        "fill",
                        connection.name,
                        table,
                        Integer.toString(dice.below(600)),
                        Integer.toString(rows),
                        Integer.toString(bytes),
                        Long.toString(dice.anyLong()));
    }

    private Reply createTable(Connection connection, String table) {
        return sql(connection, "CREATE TABLE " + table + "(id INTEGER PRIMARY KEY, n INTEGER, data BLOB)");
    }

    private Reply transfer(Connection connection) {
        int amount = dice.between(1, 50);
        int from = dice.between(1, ACCOUNTS);
        int to = dice.between(1, ACCOUNTS);
        // One statement, so that it is whole within any transaction, whatever is rolled back.
        return sql(
                connection,
                String.format(
                        Locale.ROOT,
                        "UPDATE accounts SET balance = balance + (id = %d) * %d - (id = %d) * %d WHERE id IN (%d, %d)",
                        to,
                        amount,
                        from,
                        amount,
                        from,
                        to));
    }

    private Reply begin(Connection connection) {
        if (connection.inTransaction()) {
            return busyAlready();
        }
        Reply reply = sql(connection, dice.of("BEGIN", "BEGIN IMMEDIATE", "BEGIN IMMEDIATE"));
        connection.writing = reply.ok();
        return reply;
    }

    private Reply beginRead(Connection connection) {
        if (connection.inTransaction()) {
            return busyAlready();
        }
        Reply reply = sql(connection, "BEGIN");
        connection.reading = reply.ok();
        return reply.ok() ? sql(connection, "SELECT count(*) FROM accounts") : reply;
    }

    private Reply end(Connection connection, String how) {
        Reply reply = sql(connection, how);
        if (reply.ok()) {
            connection.writing = false;
            connection.reading = false;
        }
        return reply;
    }

    private Reply checkpoint(Connection connection, Deed deed) {
        String mode = deed.name().substring(deed.name().indexOf('_') + 1);
        Reply reply = sql(connection, "PRAGMA wal_checkpoint(" + mode + ")");
        if (reply.ok()) {
            coverage.count("checkpoint." + mode + (reply.text().startsWith("0") ? ".done" : ".busy"));
        }
        return reply;
    }

    private Reply setCache(Connection connection) {
        cachePages = dice.of(1, 5, 50, 2000);
        return sql(connection, "PRAGMA cache_size=" + cachePages);
    }

    private Reply setAutocheckpoint(Connection connection) {
        autocheckpoint = dice.of(0, 1, 20, 100, 1000);
        return sql(connection, "PRAGMA wal_autocheckpoint=" + autocheckpoint);
    }

    private Reply open(Connection connection, String first) {
        String uri = "file:" + database + (scenario.padding() ? "?psow=0" : "");
        String pragmas = first + "synchronous=" + scenario.synchronous() + ";wal_autocheckpoint=" + autocheckpoint
                + ";cache_size=" + cachePages + ";temp_store=MEMORY";
        Reply reply = applications.application(connection.process).ask("open", connection.name, uri, pragmas);
        connection.open = reply.ok();
        return reply;
    }

    private Reply close(Connection connection) {
        Reply reply = applications.application(connection.process).ask("close", connection.name);
        connection.closed();
        return reply;
    }

    private Reply closeAll() {
        Reply reply = new Reply(0, "");
        rest = dice.below(12);
        for (Connection connection : connections) {
            if (connection.open) {
                reply = close(connection);
            }
        }
        return reply;
    }

    /** Closes all connections; nobody comes back for a while. */
    void quit() {
        closeAll();
    }

    /** Takes the database out of WAL mode, changes it there, and gives it another page size, if nobody minds. */
    Reply reformat() {
        quit();
        Connection connection = connections[0];
        Reply reply = open(connection, "");
        String[] statements = {
            "PRAGMA journal_mode=DELETE",
            "UPDATE t0 SET n = n + 1",
            "PRAGMA page_size=" + dice.of(512, 1024, 4096),
            "VACUUM",
            "PRAGMA journal_mode=WAL"
        };
        for (String statement : statements) {
            reply = sql(connection, statement);
        }
        quit();
        return reply;
    }

    /** Kills all processes at once. */
    void killAll() {
        for (Connection connection : connections) {
            if (connection.open) {
                kill(connection.process);
            }
        }
        rest = dice.below(6);
    }

    private Reply kill(int process) {
        applications.kill(process);
        for (Connection connection : connections) {
            if (connection.process == process) {
                if (connection.writing) {
                    coverage.count("deed.KILL.inTransaction");
                }
                connection.closed();
            }
        }
        return new Reply(0, "");
    }
}
