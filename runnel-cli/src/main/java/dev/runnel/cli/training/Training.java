package dev.runnel.cli.training;

import dev.runnel.cli.Cli;
import dev.runnel.cli.CliContext;
import dev.runnel.cli.services.EngineServices;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * A training run for the class cache of the JVM: replicates a small database to a directory, lists and restores it, all
 * in one process because a cache records one. What the commands answer does not matter; a class that was not met here is
 * only loaded more slowly. S3 is left out: every class in a cache is linked at each start, needed or not, and those of
 * the SDK cost a start more than a restore from a directory gains.
 */
public final class Training {

    private Training() {}

    /** Works in the empty directory that the first argument names, and leaves its files there. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]).toAbsolutePath();
        String database = directory.resolve("app.db").toString();
        String restored = directory.resolve("restored.db").toString();
        String replica = "file://" + directory.resolve("replica");
        fill(database);
        String config = Files.writeString(directory.resolve("runnel.yml"), """
                        dbs:
                          - path: "%s"
                            replicas:
                              - {url: "%s", retention: 24h}
                        """.formatted(database, replica))
                .toString();
        Cli cli = cli(directory);
        for (List<String> command : List.of(
                List.of("replicate", "-once", "-config", config),
                List.of("status", "-config", config),
                List.of("ltx", "-level", "all", "-json", "-config", config, database),
                List.of("ltx", replica),
                List.of("restore", "-dry-run", "-o", restored, replica),
                List.of("restore", "-o", restored, replica),
                List.of("restore", "-force", "-json", "-config", config, "-o", restored, database))) {
            cli.run(command);
        }
        // Threads of the engine that are still about must not keep the process.
        System.exit(0);
    }

    private static Cli cli(Path directory) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        Map<String, String> environment = Map.of("HOME", directory.toString());
        return new Cli(
                new CliContext("runnel", environment, nowhere, nowhere, Clock.systemUTC(), List.of()),
                new EngineServices(environment, nowhere));
    }

    private static void fill(String database) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode=wal");
            statement.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)");
            statement.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                    + " INSERT INTO t(text) SELECT hex(randomblob(100)) FROM n");
        }
    }
}
