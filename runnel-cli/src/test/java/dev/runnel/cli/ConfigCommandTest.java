package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code config check}. */
class ConfigCommandTest {

    @TempDir
    Path directory;

    private CliHarness cli;

    @BeforeEach
    void begin() {
        cli = new CliHarness(directory).config("""
                mcp-addr: ":1"
                secret-access-key: top-secret-value
                snapshot: { retention: 720h }
                dbs:
                  - path: /data/app.db
                    meta-path: /state
                    replica:
                      url: s3://bucket/app?region=eu-west-1
                      access-key-id: AKIA1234567890
                      sync-interval: 5s
                """);
    }

    private static String line(CliHarness.Run run, String key) {
        return run.out()
                .lines()
                .filter(line -> line.startsWith("  " + key + " "))
                .findFirst()
                .orElse("no " + key + " in\n" + run.out() + run.err())
                .replaceAll(" {2,}", "|");
    }

    @Test
    void everySettingTellsWhereItComesFrom() {
        CliHarness.Run run = cli.run("config", "check");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(line(run, "sync-interval")).isEqualTo("|sync-interval|5s|line 10");
        assertThat(line(run, "retention")).isEqualTo("|retention|720h0m0s|line 3");
        assertThat(line(run, "snapshot-interval")).startsWith("|snapshot-interval|24h0m0s|");
        assertThat(line(run, "state-dir")).isEqualTo("|state-dir|/state|line 6");
        assertThat(line(run, "l0-retention")).isEqualTo("|l0-retention|5m0s|default");
        assertThat(line(run, "region")).isEqualTo("|region|eu-west-1|default, or line 8 (url)");
        assertThat(line(run, "probe")).isEqualTo("|probe|ok|put, get, list and delete in 12 ms");
        assertThat(run.out()).contains("note: line 1: mcp-addr: ");
    }

    @Test
    void secretsAreMasked() {
        CliHarness.Run run = cli.run("config", "check", "-json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("\"AKIA****\"").doesNotContain("top-secret-value", "AKIA1234567890");
        CliHarness.Run text = cli.run("config", "check");
        assertThat(line(text, "secret-access-key")).isEqualTo("|secret-access-key|****|line 2");
    }

    @Test
    void theLevelOfTheEnvironmentComesFirst() {
        cli.environment.put("LOG_LEVEL", "debug");
        assertThat(line(cli.run("config", "check"), "logging.level")).isEqualTo("|logging.level|debug|LOG_LEVEL");
    }

    @Test
    void aReplicaThatCannotBeUsedIsAFailure() {
        cli.probe =
                new ProbeResult("s3://bucket/app/x: AccessDenied; give it s3:PutObject", Duration.ZERO, false, null);
        CliHarness.Run run = cli.run("config", "check");
        assertThat(run.code()).isEqualTo(1);
        assertThat(line(run, "probe")).contains("failed", "AccessDenied");
        assertThat(run.err()).isEqualTo("Error: 1 replica cannot be used\n");
        CliHarness.Run offline = cli.run("config", "check", "-offline");
        assertThat(offline.code()).isZero();
        assertThat(offline.out()).doesNotContain("probe");
    }

    @Test
    void itSaysWhatToSay() {
        assertThat(cli.run("config").err()).isEqualTo("Error: config: say what to do\nTry: runnel config check\n");
    }
}
