package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.FileTarget;
import dev.runnel.cli.config.ReplicaConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicateCommandTest {

    private static final String CONFIG = """
            exec: rails s
            dbs:
              - path: /data/app.db
                replica: {path: /backup, sync-interval: 3s}
            """;

    @TempDir
    private Path directory;

    private CliHarness cli = new CliHarness(Path.of("unused"));

    @BeforeEach
    void start() {
        cli = new CliHarness(directory);
    }

    @Test
    void replicatesWhatTheConfigurationSays() {
        assertThat(cli.config(CONFIG).run("replicate").code()).isZero();

        ReplicateRequest request = cli.onlyRequest();
        assertThat(request.exec()).containsExactly("rails", "s");
        assertThat(request.once()).isNull();
        DatabaseConfig database = request.config().databases().get(0);
        assertThat(database.path()).isEqualTo(Path.of("/data/app.db"));
        assertThat(database.replicas().get(0).policy().syncInterval()).isEqualTo(Duration.ofSeconds(3));
        assertThat(database.start().restoreIfAbsent()).isFalse();
    }

    @Test
    void replicatesWhatTheArgumentsSay() {
        CliHarness.Run run = cli.run("replicate", "-exec", "sleep '1 0'", "app.db", "file:///a", "file:///b");

        assertThat(run.err()).isEmpty();
        ReplicateRequest request = cli.onlyRequest();
        assertThat(request.exec()).containsExactly("sleep", "1 0");
        DatabaseConfig database = request.config().databases().get(0);
        assertThat(database.path()).isEqualTo(Path.of("app.db").toAbsolutePath());
        assertThat(database.replicas())
                .extracting(ReplicaConfig::name, ReplicaConfig::target)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("file", new FileTarget(Path.of("/a"))),
                        org.assertj.core.groups.Tuple.tuple("file-2", new FileTarget(Path.of("/b"))));
    }

    @Test
    void onceTakesItsCompanions() {
        cli.run("replicate", "-once", "-enforce-retention", "app.db", "file:///a");

        ReplicateRequest request = cli.onlyRequest();
        assertThat(request.once()).isEqualTo(new ReplicateRequest.Once(false, true));
    }

    @Test
    void restoreIfDbNotExistsGoesToEveryDatabase() {
        cli.config(CONFIG).run("replicate", "-restore-if-db-not-exists");

        ReplicateRequest request = cli.onlyRequest();
        assertThat(request.config().databases())
                .allMatch(database -> database.start().restoreIfAbsent());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "app.db                           | must specify at least one replica URL for app.db",
                "app.db /backup                   | replica URL without a scheme: \"/backup\"; write file:///path or s3://bucket/path",
                "app.db s4://b/x                  | unknown scheme \"s4\" of replica URL (did you mean `s3`?)",
                "app.db file:///a file:///a/      | replica given twice: file:///a",
                "app.db file:///a -exec x         | flag -exec must be positioned before DB_PATH and REPLICA_URL",
                "-config x.yml app.db file:///a   | cannot specify a replica URL and the -config flag",
                "app.db nats://h                  | replica URL of NATS must be as nats://host/bucket or nats://user:password@host:4222/bucket, without a query",
                "-once -exec x app.db file:///a   | cannot specify -once flag with -exec",
                "-force-snapshot app.db file:///a | cannot specify -force-snapshot flag without -once",
                "-enforce-retention app.db file:///a | cannot specify -enforce-retention flag without -once",
                "-exec 'x app.db file:///a        | cannot parse exec command: command with an open ': 'x",
                "-log-level inof app.db file:///a | invalid -log-level \"inof\": must be trace, debug, info, warn or error (did you mean info?)",
            })
    void refuses(String line, String message) {
        String[] words = ("replicate " + line).split(" ");

        CliHarness.Run run = cli.run(words);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines().findFirst()).hasValue("Error: " + message);
        assertThat(run.out()).isEmpty();
        assertThat(cli.requests).isEmpty();
    }

    @Test
    void refusesToReplicateNothing() {
        assertThat(cli.config("dbs: []\n").run("replicate").err())
                .isEqualTo("Error: no databases specified in configuration\n");
    }

    @Test
    void onceExcludesTheExecOfTheFile() {
        assertThat(cli.config(CONFIG).run("replicate", "-once").err())
                .isEqualTo("Error: cannot specify -once flag with -exec\n");
    }

    @Test
    void keysWithoutEffectAreLoggedOnce() {
        CliHarness.Run run = cli.config(CONFIG + "    busy-timeout: 5s\n").run("replicate");

        assertThat(run.out())
                .isEqualTo("time=2026-11-22T15:32:24.120Z level=WARN msg=\"configuration key without effect,"
                        + " or with another than expected\" key=busy-timeout line=5"
                        + " why=\"Runnel takes no lock that an application could be made to wait for\"\n");
    }

    @Test
    void logLevelsComeFromFlagVariableAndFileInThisOrder() {
        cli.config("logging: {level: error}\n" + CONFIG + "    busy-timeout: 5s\n");

        assertThat(cli.run("replicate").out()).isEmpty();
        cli.environment.put("LOG_LEVEL", "warn");
        assertThat(cli.run("replicate").out()).contains("level=WARN");
        assertThat(cli.run("replicate", "-log-level", "ERROR").out()).isEmpty();
        cli.environment.put("LOG_LEVEL", "notice");
        assertThat(cli.config(CONFIG).run("replicate").out())
                .isEqualTo("time=2026-11-22T15:32:24.120Z level=WARN"
                        + " msg=\"LOG_LEVEL is not a level of Runnel and is ignored\" value=notice\n");
    }

    @Test
    void logsGoToStandardErrorAndAsJsonWhenTheFileSaysSo() {
        CliHarness.Run run = cli.config("logging: {type: json, stderr: true}\n" + CONFIG + "    busy-timeout: 5s\n")
                .run("replicate");

        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .startsWith("{\"time\":\"2026-11-22T15:32:24.120Z\",\"level\":\"WARN\",\"msg\":\"configuration key")
                .contains(",\"line\":6,");
    }
}
