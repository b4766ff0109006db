package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every command has in common: help, errors, exit codes; and the commands that need no engine. */
class CliTest {

    @TempDir
    private Path directory;

    private CliHarness cli = new CliHarness(Path.of("unused"));

    @BeforeEach
    void start() {
        cli = new CliHarness(directory);
    }

    @ParameterizedTest
    @CsvSource({"help, 0", "-h, 0", "-help, 0", "--help, 0", "-x, 1", "--config=x, 1"})
    void helpIsOnStandardOutput(String word, int code) {
        CliHarness.Run run = cli.run(word);

        assertThat(run.code()).isEqualTo(code);
        assertThat(run.out())
                .startsWith("runnel is continuous backup for SQLite.\n")
                .contains("\trunnel <command>");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void noArgumentsPrintHelpAndFail() {
        CliHarness.Run run = cli.run();

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("Usage:").contains("replicate");
        assertThat(run.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "config",
                "databases",
                "demo",
                "doctor",
                "generations",
                "info",
                "list",
                "ltx",
                "migrate",
                "register",
                "replicate",
                "reset",
                "restore",
                "scrub",
                "snapshots",
                "start",
                "status",
                "stop",
                "sync",
                "unregister",
                "verify",
                "version",
                "wal"
            })
    void everyCommandHasHelpThatNamesItsFlags(String command) {
        CliHarness.Run run = cli.run(command, "-help");

        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("The " + command + " command ").contains("\trunnel " + command);
        assertThat(run.out()).doesNotContain("%s");
        assertThat(run.err()).isEmpty();
        assertThat(cli.run("help", command)).isEqualTo(run);
        assertThat(cli.run().out()).contains("\t" + command + " ");
    }

    @Test
    void unknownCommandsFail() {
        assertThat(cli.run("restor", "x"))
                .isEqualTo(new CliHarness.Run(1, "", "Error: runnel restor: unknown command\nTry: runnel restore\n"));
        assertThat(cli.run("frobnicate"))
                .isEqualTo(new CliHarness.Run(1, "", "Error: runnel frobnicate: unknown command\nTry: runnel help\n"));
        assertThat(cli.run("help", "me").code()).isEqualTo(1);
    }

    @Test
    void aWrongFlagNamesTheHelp() {
        assertThat(cli.run("version", "-verbos"))
                .isEqualTo(new CliHarness.Run(
                        1,
                        "",
                        "Error: flag provided but not defined: -verbos (did you mean -verbose?)\n"
                                + "Try: runnel version -help\n"));
    }

    @Test
    void expectedFailuresShowTheirMessageAlone() {
        assertThat(failingWith(new IOException("s3://bucket/x: access denied")))
                .isEqualTo("Error: s3://bucket/x: access denied\n");
        assertThat(failingWith(new UncheckedIOException(new NoSuchFileException("/a/b"))))
                .isEqualTo("Error: /a/b: no such file or directory\n");
        assertThat(failingWith(new AccessDeniedException("/a/b"))).isEqualTo("Error: /a/b: permission denied\n");
        assertThat(failingWith(new CommandException("no", "%s yes"))).isEqualTo("Error: no\nTry: runnel yes\n");
        assertThat(failingWith(new OutOfMemoryError("heap"))).startsWith("Error: out of memory: ");
    }

    @Test
    void defectsShowOneLineAndKeepTheDetailsInAFile() throws Exception {
        String text = failingWith(new IllegalStateException("boom"));

        assertThat(text)
                .startsWith(
                        "Error: unexpected failure, a defect of Runnel: java.lang.IllegalStateException: boom (details in ")
                .hasLineCount(1);
        Path file = Path.of(text.substring(text.indexOf("details in ") + 11, text.lastIndexOf(')')));
        assertThat(file).content().contains("at dev.runnel.cli.");
        Files.delete(file);
    }

    @Test
    void tooFewOpenFilesAreNoDefect() {
        assertThat(failingWith(new ExceptionInInitializerError(new IOException("Too many open files"))))
                .startsWith("Error: too many open files: raise the limit (`ulimit -n`");
    }

    @Test
    void anInterruptKeepsItsFlag() {
        assertThat(failingWith(new InterruptedException())).isEqualTo("Error: interrupted\n");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void theExitCodeOfACommandIsThatOfItsService() {
        cli.exitCode = 1;

        assertThat(cli.run("demo").code()).isEqualTo(1);
        assertThat(cli.run("demo", "x").err()).isEqualTo("Error: too many arguments: \"x\"\n");
    }

    @Test
    void versionIsABareVersion() {
        CliHarness.Run run = cli.run("version");

        assertThat(run.code()).isZero();
        assertThat(run.out()).matches("[0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?\n");
        assertThat(cli.run("version", "-verbose").out())
                .matches("(?s)Version: +" + run.out()
                        + "Java Version: +.+\nGit Commit: +.+\nCommit Time: +.+\nOS/Arch: .+\n");
        assertThat(cli.run("version", "x").code()).isEqualTo(1);
    }

    @Test
    void databasesAreListed() {
        cli.config("""
                dbs:
                  - path: /data/app.db
                    replica: {type: s3, bucket: b, path: app}
                  - path: sqlite://~/q.db
                    replicas:
                      - {url: "gcs://b/q", name: cloud}
                      - {path: /backup/q}
                """);

        assertThat(cli.run("databases", "-no-health")).isEqualTo(new CliHarness.Run(0, """
                        path           replica
                        /data/app.db   s3
                        /home/me/q.db  cloud,file
                        """, ""));
        assertThat(cli.run("databases", "-json").out()).isEqualTo("""
                        [
                          {
                            "path": "/data/app.db",
                            "replica": "s3"
                          },
                          {
                            "path": "/home/me/q.db",
                            "replica": "cloud,file"
                          }
                        ]
                        """);
    }

    @Test
    void noDatabasesAreAnEmptyList() {
        cli.config("dbs: []\n");

        assertThat(cli.run("databases").out()).isEqualTo("path  replica\n");
        assertThat(cli.run("databases", "-json").out()).isEqualTo("[]\n");
    }

    @Test
    void aBrokenConfigurationIsToldWithoutAStackTrace() {
        cli.config("dbs:\n  - path: $DB\n    replica: {pth: x}\n");
        String file = directory.resolve("runnel.yml").toString();

        CliHarness.Run run = cli.run("databases");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines())
                .contains(
                        "Error: 3 errors in " + file,
                        file + ":3: unknown key `pth` in `replica` (did you mean `path`?)");
        assertThat(cli.run("databases", "-no-expand-env").err()).doesNotContain("DB");
    }

    @Test
    void aMissingConfigurationIsNamed() {
        assertThat(cli.run("databases").err())
                .isEqualTo("Error: config file not found: " + directory.resolve("runnel.yml") + ", "
                        + directory.resolve("litestream.yml")
                        + "; name one with -config, or set RUNNEL_CONFIG or LITESTREAM_CONFIG\n");
        assertThat(cli.run("databases", "-config", "/no/such.yml"))
                .isEqualTo(new CliHarness.Run(1, "", "Error: config file not found: /no/such.yml\n"));
    }

    /** As a script passes a variable that is not set; so it is in Litestream. */
    @Test
    void anEmptyNameOfAConfigurationIsNone() {
        cli.config("dbs: []\n");

        assertThat(cli.run("databases", "-config", "").out()).isEqualTo("path  replica\n");
        assertThat(cli.run("databases", "-config=").out()).isEqualTo("path  replica\n");
        cli.run("replicate", "-config", "", "/data/app.db", "file:///backup");
        assertThat(cli.<ReplicateRequest>onlyRequest().config().databases()).hasSize(1);
    }

    private String failingWith(Throwable failure) {
        cli.failure = failure;
        CliHarness.Run run = cli.run("demo");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        return run.err();
    }
}
