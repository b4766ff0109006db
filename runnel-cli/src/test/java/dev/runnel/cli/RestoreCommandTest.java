package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.LtxFile;
import dev.runnel.cli.config.FileTarget;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.restore.ProofStatus;
import dev.runnel.restore.RestorePlan;
import dev.runnel.restore.RestoreTarget;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestoreCommandTest {

    private static final String CONFIG = """
            dbs:
              - path: /data/app.db
                replicas:
                  - {path: /backup, name: disk}
                  - {url: "s3://bucket/app"}
              - path: /data/other.db
                replica: {url: "nats://h/b"}
            """;

    private static final RestoreRequest.Mode DEFAULT_MODE =
            new RestoreRequest.Mode(8, RestoreRequest.IntegrityCheck.NONE, false, null);

    @TempDir
    private Path directory;

    private CliHarness cli = new CliHarness(Path.of("unused"));

    @BeforeEach
    void start() {
        cli = new CliHarness(directory).config(CONFIG);
    }

    @Test
    void restoresADatabaseOfTheConfiguration() {
        assertThat(cli.run("restore", "/data/app.db").err()).isEmpty();

        RestoreRequest request = cli.onlyRequest();
        assertThat(request.replicas()).extracting(ReplicaConfig::name).containsExactly("disk", "s3");
        assertThat(request.output()).isEqualTo(Path.of("/data/app.db"));
        assertThat(request.point()).isEqualTo(new RestoreRequest.Point(null, null));
        assertThat(request.conditions()).isEqualTo(new RestoreRequest.Conditions(false, false));
        assertThat(request.mode()).isEqualTo(DEFAULT_MODE);
        assertThat(request.json()).isFalse();
    }

    @Test
    void restoresFromAUrl() {
        cli.run("restore", "-o", "copy.db", "file:///backup");

        RestoreRequest request = cli.onlyRequest();
        assertThat(request.replicas())
                .extracting(ReplicaConfig::target)
                .containsExactly(new FileTarget(Path.of("/backup")));
        assertThat(request.output()).isEqualTo(Path.of("copy.db").toAbsolutePath());
    }

    @Test
    void takesEveryFlag() {
        cli.run(("restore -config " + directory.resolve("runnel.yml")
                        + " -replica disk -o ~/c.db -timestamp 2026-11-22T16:00:00.250+01:00 -parallelism 3"
                        + " -if-replica-exists -integrity-check quick -force -dry-run -json /data/app.db")
                .split(" "));

        assertThat(cli.<RestoreRequest>onlyRequest())
                .usingRecursiveComparison()
                .ignoringFields("replicas")
                .isEqualTo(new RestoreRequest(
                        List.of(),
                        Path.of("/home/me/c.db"),
                        new RestoreRequest.Point(null, Instant.parse("2026-11-22T15:00:00.250Z")),
                        new RestoreRequest.Conditions(true, true),
                        new RestoreRequest.Mode(3, RestoreRequest.IntegrityCheck.QUICK, true, null),
                        true));
    }

    @Test
    void takesATransactionOrFollows() {
        cli.run("restore", "-txid", "00000000000000ff", "/data/app.db");
        cli.run("restore", "-f", "/data/app.db");
        cli.run("restore", "-f", "-follow-interval", "250ms", "/data/app.db");

        assertThat(((RestoreRequest) cli.requests.get(0)).point())
                .isEqualTo(new RestoreRequest.Point(new TxId(255), null));
        assertThat(((RestoreRequest) cli.requests.get(1)).mode().follow()).isEqualTo(Duration.ofSeconds(1));
        assertThat(((RestoreRequest) cli.requests.get(2)).mode().follow()).isEqualTo(Duration.ofMillis(250));
    }

    @Test
    void takesAGenerationOfAnOldReplica() {
        cli.run("restore", "-generation", "0123456789abcdef", "-index", "000000Ff", "/data/app.db");
        assertThat(cli.<RestoreRequest>onlyRequest().point())
                .isEqualTo(new RestoreRequest.Point(null, null, "0123456789abcdef", 255));
    }

    @ParameterizedTest
    @CsvSource({
        "-index 0, must specify -generation flag when using -index flag",
        "-generation 0123456789abcdef -index 80000000, 'invalid -index \"80000000\": must be hexadecimal, at most 7fffffff'",
        "-generation 0123456789abcdef -index x, 'invalid -index \"x\": must be hexadecimal, at most 7fffffff'",
        "-generation 123, 'invalid -generation \"123\": must be 16 hexadecimal digits'",
        "-generation 0123456789abcdef -index 1 -timestamp 2026-01-01T00:00:00Z, cannot specify -index flag with -timestamp flag",
        "-generation 0123456789abcdef -txid 0000000000000001, 'cannot specify both -txid and -generation: Litestream 0.3 has no transactions'",
    })
    void refusesPointsThatContradictThemselves(String flags, String message) {
        CliHarness.Run run = cli.run(("restore " + flags + " /data/app.db").split(" "));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).startsWith("Error: " + message + "\n");
        assertThat(cli.requests).isEmpty();
    }

    @Test
    void doesNothingIfTheOutputExists() throws Exception {
        Path output = Files.createFile(directory.resolve("there.db"));

        CliHarness.Run run = cli.run("restore", "-if-db-not-exists", "-o", output.toString(), "file:///backup");

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .isEqualTo("time=2026-11-22T15:32:24.120Z level=INFO msg=\"database already exists, skipping\" db="
                        + output + "\n");
        assertThat(cli.requests).isEmpty();
        CliHarness.Run json =
                cli.run("restore", "-json", "-if-db-not-exists", "-o", output.toString(), "file:///backup");
        assertThat(json.out()).isEmpty();
        assertThat(json.err()).contains("skipping");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                 | database path or replica URL required",
                "a b                                | too many arguments: \"b\"",
                "/data/app.db -o x                  | too many arguments: flags come before \"/data/app.db\", and -o stands after it",
                "file:///backup                     | output path required",
                "-config x.yml file:///backup       | cannot specify a replica URL and the -config flag",
                "/data/none.db                      | database not found in config: /data/none.db",
                "-replica cloud /data/app.db        | replica \"cloud\" not found for database /data/app.db",
                "-txid 12 /data/app.db              | invalid -txid: a TXID is 16 hexadecimal digits: \"12\"",
                "-txid 0000000000000000 /data/app.db | invalid -txid: TXID must be at least 1: 0",
                "-txid ffffffffffffffff /data/app.db | invalid -txid: a TXID is at most 7fffffffffffffff: \"ffffffffffffffff\"",
                "-timestamp yesterday /data/app.db  | invalid -timestamp, must specify in ISO 8601 format (e.g. 2000-01-01T00:00:00Z): \"yesterday\" is not a time such as 2000-01-01T00:00:00Z or 2000-01-01T01:00:00.250+01:00",
                "-txid 0000000000000001 -timestamp 2000-01-01T00:00:00Z x | cannot specify both -txid and -timestamp",
                "-f -txid 0000000000000001 x        | cannot follow (-f) from a -txid or a -timestamp: following means the newest",
                "-f -dry-run x                      | cannot specify both -f and -dry-run",
                "-follow-interval 1s x              | cannot specify -follow-interval without -f",
                "-f -follow-interval 0s x           | invalid -follow-interval \"0s\": must be greater than 0",
                "-f -follow-interval 1d x           | invalid -follow-interval: bad duration \"1d\": unknown unit \"d\"; did you mean `24h`?",
                "-integrity-check most x            | invalid -integrity-check \"most\": must be none, quick or full",
                "-parallelism 0 x                   | invalid -parallelism \"0\": must be a number from 1 to 9999",
                "-parallelism many x                | invalid -parallelism \"many\": must be a number from 1 to 9999",
            })
    void refuses(String line, String message) {
        String[] words = ("restore " + line).strip().split(" ");

        CliHarness.Run run = cli.run(words);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines().findFirst()).hasValue("Error: " + message);
        assertThat(cli.requests).isEmpty();
    }

    @Test
    void plansAndResultsArePrinted() {
        RestoreOutput.Plan plan = new RestoreOutput.Plan(
                "/data/app.db",
                Path.of("/copy.db"),
                "disk",
                new RestorePlan(
                        RestoreTarget.newest(),
                        List.of(
                                file(9, 1, 10, 82_854_982, "2026-11-21T00:00:00Z"),
                                file(0, 11, 11, 512, "2026-11-22T00:00:00.999Z"))));

        assertThat(printed(out -> RestoreOutput.print(out, plan, false))).isEqualTo("""
                        Restore plan:
                          source:     /data/app.db
                          target:     /copy.db
                          replica:    disk
                          txid range: 0000000000000001-000000000000000b

                        level  file                                   min_txid          max_txid          size      timestamp
                        9      0000000000000001-000000000000000a.ltx  0000000000000001  000000000000000a  82854982  2026-11-21T00:00:00Z
                        0      000000000000000b-000000000000000b.ltx  000000000000000b  000000000000000b  512       2026-11-22T00:00:00Z
                        """);
        assertThat(printed(out -> RestoreOutput.print(out, plan, true))).startsWith("""
                        {
                          "source": "/data/app.db",
                          "target_path": "/copy.db",
                          "replica": "disk",
                          "min_txid": "0000000000000001",
                          "max_txid": "000000000000000b",
                          "files": [
                            {
                              "level": 9,
                              "name": "0000000000000001-000000000000000a.ltx",
                              "min_txid": "0000000000000001",
                              "max_txid": "000000000000000a",
                              "size": 82854982,
                              "timestamp": "2026-11-21T00:00:00Z"
                            },
                        """);
        RestoreOutput.Result result = new RestoreOutput.Result(
                Path.of("/copy.db"),
                "disk",
                new TxId(11),
                Duration.ofMillis(1234),
                RestoreRequest.IntegrityCheck.FULL,
                ProofStatus.VERIFIED);
        assertThat(printed(out -> RestoreOutput.printJson(out, result, false))).isEqualTo("""
                        {
                          "db_path": "/copy.db",
                          "replica": "disk",
                          "txid": "000000000000000b",
                          "duration_ms": 1234,
                          "integrity_check": "full",
                          "proof": "verified"
                        }
                        """);
    }

    static LtxFile file(int level, long min, long max, long size, String createdAt) {
        return new LtxFile(new Level(level), TxRange.of(min, max), size, Instant.parse(createdAt), true);
    }

    private static String printed(java.util.function.Consumer<PrintStream> printer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        printer.accept(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
