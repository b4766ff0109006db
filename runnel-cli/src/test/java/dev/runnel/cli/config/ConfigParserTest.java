package dev.runnel.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.cli.logging.LogLevel;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigParserTest {

    private static final String MINIMAL = """
            dbs:
              - path: /data/app.db
                replica:
                  url: file:///backup/app
            """;

    @Test
    void fillsInLitestreamsDefaults() throws Exception {
        RunnelConfig config = Configs.parse(MINIMAL);

        assertThat(config.service().addr()).isNull();
        assertThat(config.service().exec()).isNull();
        assertThat(config.service().socket()).isNull();
        assertThat(config.service().heartbeat()).isNull();
        assertThat(config.service().shutdown())
                .isEqualTo(new ServiceConfig.Shutdown(Duration.ofSeconds(30), Duration.ofMillis(500)));
        assertThat(config.logging()).isEqualTo(new LoggingConfig(LogLevel.INFO, false, false));
        assertThat(config.levels().intervals())
                .containsExactly(Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ofHours(1));
        assertThat(config.levels().l0Retention()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.levels().l0CheckInterval()).isEqualTo(Duration.ofSeconds(15));
        assertThat(config.levels().deletes()).isTrue();
        assertThat(config.levels().listingCheckInterval()).isNull();
        assertThat(config.notes()).isEmpty();

        DatabaseConfig database = config.databases().get(0);
        assertThat(database.path()).isEqualTo(Path.of("/data/app.db"));
        assertThat(database.stateDir()).isNull();
        assertThat(database.capture())
                .isEqualTo(new DatabaseConfig.Capture(
                        Duration.ofSeconds(1), null, DatabaseConfig.Checkpoints.DEFAULT, null));
        assertThat(database.start()).isEqualTo(new DatabaseConfig.Start(null, false));
        ReplicaConfig replica = database.replicas().get(0);
        assertThat(replica.name()).isEqualTo("file");
        assertThat(replica.target()).isEqualTo(new FileTarget(Path.of("/backup/app")));
        assertThat(replica.policy())
                .isEqualTo(new ReplicaConfig.Policy(
                        Duration.ofSeconds(1), Duration.ofHours(24), Duration.ofHours(24), null, null));
    }

    @Test
    void readsEveryGlobalKey() throws Exception {
        RunnelConfig config = Configs.parse("""
                addr: ":9090"
                exec: rails server -p "30 00"
                socket: {enabled: yes, path: ~/run/r.sock, permissions: 0660}
                levels:
                  - interval: 10s
                  - interval: 1m30s
                snapshot:
                  interval: 12h
                  retention: 720h
                l0-retention: 0
                l0-retention-check-interval: 1m
                retention: {enabled: false}
                validation: {interval: 6h}
                heartbeat-url: https://example.com/ping
                heartbeat-interval: 2m
                shutdown-sync-timeout: 0s
                shutdown-sync-interval: 100ms
                logging: {level: Warning, type: json, stderr: on}
                """ + MINIMAL);

        assertThat(config.service())
                .isEqualTo(new ServiceConfig(
                        ":9090",
                        "rails server -p \"30 00\"",
                        new ServiceConfig.Socket(Path.of("/home/me/run/r.sock"), 0660),
                        new ServiceConfig.Heartbeat(URI.create("https://example.com/ping"), Duration.ofMinutes(2)),
                        new ServiceConfig.Shutdown(Duration.ZERO, Duration.ofMillis(100))));
        assertThat(config.logging()).isEqualTo(new LoggingConfig(LogLevel.WARN, true, true));
        assertThat(config.levels())
                .isEqualTo(new LevelsConfig(
                        List.of(Duration.ofSeconds(10), Duration.ofSeconds(90)),
                        null,
                        Duration.ofMinutes(1),
                        false,
                        Duration.ofHours(6)));
        ReplicaConfig.Policy policy =
                config.databases().get(0).replicas().get(0).policy();
        assertThat(policy.snapshotInterval()).isEqualTo(Duration.ofHours(12));
        assertThat(policy.retention()).isEqualTo(Duration.ofHours(720));
        assertThat(config.notes()).extracting(ConfigNote::key).containsExactly("shutdown-sync-interval");
    }

    @Test
    void readsEveryDatabaseKey() throws Exception {
        DatabaseConfig database = Configs.parse("""
                        dbs:
                          - path: sqlite://data/app.db
                            state-dir: ~/state
                            monitor-interval: 0
                            max-wal-size: 64MiB
                            max-spool-bytes: 256MiB
                            checkpoint: auto
                            on-divergence: restore
                            restore-if-db-not-exists: true
                            snapshot: {interval: 1h, retention: 2h}
                            replica: {path: ~/replica}
                        """).databases().get(0);

        assertThat(database.path()).isEqualTo(Path.of("/srv/app/data/app.db"));
        assertThat(database.stateDir()).isEqualTo(Path.of("/home/me/state"));
        assertThat(database.capture())
                .isEqualTo(new DatabaseConfig.Capture(
                        null,
                        64L << 20,
                        new DatabaseConfig.Checkpoints(DatabaseConfig.CheckpointMode.AUTO, Duration.ofMinutes(1), 1000),
                        256L << 20));
        assertThat(database.start()).isEqualTo(new DatabaseConfig.Start(DatabaseConfig.DivergencePolicy.RESTORE, true));
        assertThat(database.line()).isEqualTo(2);
        assertThat(database.replicas().get(0).target()).isEqualTo(new FileTarget(Path.of("/home/me/replica")));
        assertThat(database.replicas().get(0).policy().snapshotInterval()).isEqualTo(Duration.ofHours(1));
        assertThat(database.replicas().get(0).policy().retention()).isEqualTo(Duration.ofHours(2));
    }

    @ParameterizedTest
    @CsvSource({"off, OFF", "no, OFF", "false, OFF", "auto, AUTO", "Always, ALWAYS"})
    void checkpointModesAreWordsAlsoWhereYamlSeesABoolean(String word, DatabaseConfig.CheckpointMode mode)
            throws Exception {
        RunnelConfig config = Configs.parse(MINIMAL + "    checkpoint: " + word + "\n");

        assertThat(config.databases().get(0).capture().checkpoints().mode()).isEqualTo(mode);
    }

    @Test
    void theKeysOfCheckpointsCountWhereRunnelRunsThem() throws Exception {
        RunnelConfig config = Configs.parse(MINIMAL + """
                    checkpoint: always
                    checkpoint-interval: 5s
                    min-checkpoint-page-count: 10
                """);

        assertThat(config.notes()).isEmpty();
        assertThat(config.databases().get(0).capture().checkpoints())
                .isEqualTo(new DatabaseConfig.Checkpoints(
                        DatabaseConfig.CheckpointMode.ALWAYS, Duration.ofSeconds(5), 10));
        assertThat(Configs.refusal(MINIMAL + "    checkpoint: always\n    min-checkpoint-page-count: 0\n"))
                .contains("min-checkpoint-page-count", "at least 1");
    }

    @Test
    void metaPathIsTheStateDirectory() throws Exception {
        RunnelConfig config = Configs.parse(MINIMAL + "    meta-path: meta\n");

        assertThat(config.databases().get(0).stateDir()).isEqualTo(Path.of("/srv/app/meta"));
        assertThat(Configs.refusal(MINIMAL + "    meta-path: a\n    state-dir: b\n"))
                .isEqualTo("c.yml:5: `meta-path` and `state-dir` are the same thing; keep one of them");
    }

    @Test
    void snapshotKeysOfADatabaseComeBeforeTheGlobalOnes() throws Exception {
        RunnelConfig config = Configs.parse("snapshot: {interval: 6h, retention: 48h}\n" + MINIMAL + """
                    snapshot: {retention: 100h}
                  - path: /data/other.db
                    replica: {url: "file:///backup/other"}
                """);

        ReplicaConfig.Policy first = config.databases().get(0).replicas().get(0).policy();
        ReplicaConfig.Policy second =
                config.databases().get(1).replicas().get(0).policy();
        assertThat(first.snapshotInterval()).isEqualTo(Duration.ofHours(6));
        assertThat(first.retention()).isEqualTo(Duration.ofHours(100));
        assertThat(second.retention()).isEqualTo(Duration.ofHours(48));
    }

    @Test
    void keysWithoutAMeaningHereAreNotedOnce() throws Exception {
        RunnelConfig config = Configs.parse("mcp-addr: \":3001\"\nverify-compaction: true\n" + MINIMAL + """
                    busy-timeout: 5s
                    min-checkpoint-page-count: 500
                    max-checkpoint-page-count: 10000
                    truncate-page-n: 0
                    checkpoint-interval: 1m
                    max-sync-wal-bytes: 1
                """);

        assertThat(config.notes())
                .extracting(note -> note.line() + " " + note.key())
                .containsExactly(
                        "1 mcp-addr",
                        "2 verify-compaction",
                        "7 busy-timeout",
                        "8 min-checkpoint-page-count",
                        "9 max-checkpoint-page-count",
                        "10 truncate-page-n",
                        "11 checkpoint-interval",
                        "12 max-sync-wal-bytes");
        assertThat(config.notes().get(2).message()).contains("no lock");
    }

    @Test
    void bareNumbersAreNanosecondsAndNoted() throws Exception {
        RunnelConfig config = Configs.parse("""
                dbs:
                  - path: a.db
                    monitor-interval: 1000000
                    replica: {path: r}
                """);

        assertThat(config.databases().get(0).capture().monitorInterval()).isEqualTo(Duration.ofMillis(1));
        assertThat(config.notes())
                .containsExactly(new ConfigNote(
                        3, "monitor-interval", "a bare number counts nanoseconds; write 1000000s for seconds"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# nothing\n", "dbs:\n", "dbs: []\n", "~\n"})
    void nothingIsAConfigurationWithoutDatabases(String text) throws Exception {
        assertThat(Configs.parse(text).databases()).isEmpty();
    }

    @Test
    void anchorsAndMergesWork() throws Exception {
        RunnelConfig config = Configs.parse("""
                x-s3: &s3
                  type: s3
                  bucket: backups
                  sync-interval: 5s
                dbs:
                  - path: a.db
                    replica: {<<: *s3, path: a}
                  - path: b.db
                    replica: {<<: *s3, path: b, sync-interval: 1m}
                """);

        assertThat(config.databases())
                .extracting(database -> database.replicas().get(0).target().location())
                .containsExactly("s3://backups/a", "s3://backups/b");
        assertThat(config.databases())
                .extracting(database -> database.replicas().get(0).policy().syncInterval())
                .containsExactly(Duration.ofSeconds(5), Duration.ofMinutes(1));
    }

    @Test
    void linesAreThoseOfTheFileAlsoAfterAVariableOfSeveralLines() {
        String text = "exec: |\n  $CMD\nnope: 1\n";

        assertThat(Configs.refusal(text, Map.of("CMD", "a\n  b\n  c")))
                .isEqualTo("c.yml:3: unknown key `nope` in the top of the file");
    }
}
