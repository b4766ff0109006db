package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.model.TxId;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ltx} and {@code status}. */
class ListingCommandsTest {

    private static final String CONFIG = """
            dbs:
              - path: /data/app.db
                replicas:
                  - {path: /backup, name: disk}
                  - {url: "s3://bucket/app"}
              - path: /data/other.db
                replica: {path: /backup2}
            """;

    @TempDir
    private Path directory;

    private CliHarness cli = new CliHarness(Path.of("unused"));

    @BeforeEach
    void start() {
        cli = new CliHarness(directory).config(CONFIG);
        cli.files = List.of(
                RestoreCommandTest.file(0, 2, 2, 4242, "2026-11-22T00:00:01.5Z"),
                RestoreCommandTest.file(9, 1, 2, 8000, "2026-11-22T00:00:00Z"));
    }

    @Test
    void filesOfLevelZeroAreListed() {
        assertThat(cli.run("ltx", "/data/other.db")).isEqualTo(new CliHarness.Run(0, """
                        level  min_txid          max_txid          size  created
                        0      0000000000000002  0000000000000002  4242  2026-11-22T00:00:01Z
                        """, ""));
        assertThat(cli.<ReplicaConfig>onlyRequest().target().location()).isEqualTo("file:///backup2");
    }

    @Test
    void filesOfAnyLevelAreListed() {
        assertThat(cli.run("ltx", "-level", "9", "file:///backup").out().lines())
                .hasSize(2)
                .last()
                .isEqualTo("9      0000000000000001  0000000000000002  8000  2026-11-22T00:00:00Z");
        assertThat(cli.run("ltx", "-level=all", "file:///backup").out().lines()).hasSize(3);
        assertThat(cli.run("ltx", "-json", "-level", "9", "file:///backup").out())
                .isEqualTo("""
                        [
                          {
                            "level": 9,
                            "min_txid": "0000000000000001",
                            "max_txid": "0000000000000002",
                            "size": 8000,
                            "timestamp": "2026-11-22T00:00:00Z"
                          }
                        ]
                        """);
    }

    @Test
    void aDatabaseWithSeveralReplicasNeedsAChoice() {
        assertThat(cli.run("ltx", "/data/app.db").err())
                .isEqualTo("Error: the database has several replicas\nTry: -replica disk or s3\n");
        cli.run("ltx", "-replica", "s3", "/data/app.db");
        assertThat(cli.<ReplicaConfig>onlyRequest().target().location()).isEqualTo("s3://bucket/app");
    }

    @Test
    void walIsTheOldNameOfLtx() {
        CliHarness.Run run = cli.run("wal", "-level", "0", "file:///backup");

        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("level  ");
        assertThat(run.err()).isEqualTo("Warning: the \"wal\" command is now named \"ltx\".\n");
    }

    @Test
    void ltxRefuses() {
        assertThat(cli.run("ltx").err())
                .isEqualTo("Error: database path or replica URL required\nTry: runnel ltx -help\n");
        assertThat(cli.run("ltx", "-level", "10", "x").err())
                .isEqualTo("Error: invalid -level \"10\": must be 0 to 9, or all\n");
        assertThat(cli.run("ltx", "a", "b").err()).isEqualTo("Error: too many arguments: \"b\"\n");
    }

    @Test
    void statusIsATable() {
        cli.statuses = List.of(
                new DatabaseStatus(Path.of("/data/app.db"), DatabaseStatus.State.OK, new TxId(26), 4_120_032L),
                new DatabaseStatus(Path.of("/data/other.db"), DatabaseStatus.State.NOT_INITIALIZED, null, null));

        assertThat(cli.run("status")).isEqualTo(new CliHarness.Run(0, """
                        database        status           local txid        wal size
                        /data/app.db    ok               000000000000001a  4.1 MB
                        /data/other.db  not initialized  -                 -
                        """, ""));
        assertThat(cli.run("status", "-json").out()).startsWith("""
                        [
                          {
                            "database": "/data/app.db",
                            "status": "ok",
                            "local_txid": "000000000000001a",
                            "wal_size": "4.1 MB"
                          },
                        """);
        assertThat((List<?>) cli.requests.get(0)).hasSize(2);
    }

    @Test
    void statusOfOneDatabase() {
        cli.run("status", "/data/other.db");

        assertThat(cli.<List<DatabaseConfig>>onlyRequest())
                .extracting(DatabaseConfig::path)
                .containsExactly(Path.of("/data/other.db"));
        assertThat(cli.run("status", "/data/none.db").err())
                .isEqualTo("Error: database not found in config: /data/none.db\n"
                        + "Try: one of /data/app.db, /data/other.db\n");
    }

    @Test
    void statusFailsIfADatabaseDoes() {
        cli.statuses = List.of(
                new DatabaseStatus(Path.of("/data/app.db"), DatabaseStatus.State.ERROR, null, 0L),
                new DatabaseStatus(Path.of("/data/other.db"), DatabaseStatus.State.OK, new TxId(1), 0L));

        CliHarness.Run run = cli.run("status");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("/data/app.db    error   -                 0 B\n");
        assertThat(run.err()).isEqualTo("Error: 1 of 2 databases in error\n");
    }
}
