package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Errors a user makes on the command line: one line on standard error, perhaps a hint, and exit code 1. */
class UserErrorsTest {

    @TempDir
    Path folder;

    private Scene scene;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Path config(String text) throws IOException {
        return Files.writeString(scene.path("runnel.yml"), text);
    }

    private static void assertError(Scene.Run run, String... words) {
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.err()).as(run.text()).isNotEmpty();
        assertThat(run.err().get(0)).as(run.text()).startsWith("Error: ").contains(words);
        assertThat(run.err().subList(1, run.err().size()))
                .as(run.text())
                .allMatch(line -> line.startsWith("Try: "))
                .hasSizeLessThanOrEqualTo(1);
        assertThat(run.text()).doesNotContain("\tat ", "Exception", "(details in ");
    }

    /** In processes of their own: what the user really sees, with the runtime's own warnings. */
    @Test
    void theFirstThingsThatGoWrong() throws IOException {
        assertError(scene.run("replicate", "-config", scene.path("absent.yml")), "absent.yml", "not found");
        assertError(scene.run("replicate", "app.db", "s4://bucket/path"), "s4");
        assertError(
                scene.run("restore", "-o", "copy.db", scene.fileUrl("absent")), "no matching backup files available");
    }

    @Test
    void anUnknownKeyIsNamedWithTheNearestOne() throws IOException {
        Path config = config("""
                dbs:
                  - path: app.db
                    replicas:
                      - path: /backup
                        snapshot-intervall: 24h
                """);
        assertError(
                scene.runHere("replicate", "-config", config),
                "runnel.yml:5",
                "snapshot-intervall",
                "snapshot-interval");
    }

    @Test
    void whatIsInTheFileIsChecked() throws IOException {
        assertError(
                scene.runHere(
                        "databases", "-config", config("dbs:\n  - path: app.db\n    replica:\n      url: s3//x\n")),
                "runnel.yml:4",
                "s3//x");
        assertError(
                scene.runHere(
                        "databases",
                        "-config",
                        config("dbs:\n  - path: app.db\n    monitor-interval: 1 hour\n"
                                + "    replica:\n      path: /backup\n")),
                "runnel.yml:3",
                "1 hour");
        assertError(
                scene.runHere(
                        "databases",
                        "-config",
                        config("dbs:\n  - path: app.db\n    replica:\n      url: s3://${NO_SUCH_BUCKET}/x\n")),
                "runnel.yml:4",
                "NO_SUCH_BUCKET");
        assertError(scene.runHere("databases", "-config", config("dbs: [\n")), "runnel.yml");
        assertError(scene.runHere("replicate", "-config", config("dbs: []\n")), "no databases");
    }

    @Test
    void twoLinksToOneReplicaAreOneReplica() throws IOException {
        Files.createDirectory(scene.path("backup"));
        Files.createSymbolicLink(scene.path("link"), scene.path("backup"));
        assertError(
                scene.runHere("databases", "-no-health", "-config", config("""
                                dbs:
                                  - {path: a.db, replica: {path: FOLDER/backup/tenants/a}}
                                  - {path: b.db, replica: {path: FOLDER/link/tenants/a}}
                                """.replace("FOLDER", folder.toString()))),
                "runnel.yml:3",
                "on line 2",
                "two writers");
    }

    @Test
    void whatIsOnTheCommandLineIsChecked() {
        assertError(scene.runHere("replicat", "app.db", "file:///backup"), "replicat", "unknown command");
        assertError(scene.runHere("replicate", "app.db"), "app.db", "replica URL");
        assertError(scene.runHere("replicate", "-onec", "app.db", "file:///backup"), "onec");
        assertError(scene.runHere("replicate", "app.db", "bucket/path"), "bucket/path");
        assertError(scene.runHere("restore", scene.fileUrl("replica")), "output path required");
        assertError(scene.runHere("restore", "-o", "x.db", "-txid", "12", scene.fileUrl("replica")), "-txid", "12");
        assertError(
                scene.runHere("restore", "-o", "x.db", "-timestamp", "yesterday", scene.fileUrl("replica")),
                "-timestamp",
                "yesterday");
        assertError(scene.runHere("ltx", "-level", "12", scene.fileUrl("replica")), "12");
    }

    @Test
    void restoreToAPlaceThatCannotBe() throws IOException {
        Path database = scene.path("app.db");
        Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(a)");
        assertThat(scene.runHere("replicate", "-once", database, scene.fileUrl("replica"))
                        .code())
                .isZero();
        Path file = Files.writeString(scene.path("file"), "no replica");
        assertError(scene.runHere("restore", "-o", file.resolve("copy.db"), scene.fileUrl("replica")), file.toString());
        assertError(scene.runHere("restore", "-o", folder, scene.fileUrl("replica")), "directory");
        assertError(
                scene.runHere(
                        "restore", "-o", scene.path("c.db"), "-txid", "00000000000000ff", scene.fileUrl("replica")),
                "00000000000000ff");
        assertError(
                scene.runHere(
                        "restore",
                        "-o",
                        scene.path("c.db"),
                        "-timestamp",
                        "2001-01-01T00:00:00Z",
                        scene.fileUrl("replica")),
                "timestamp does not exist");
        assertError(scene.runHere("restore", "-o", scene.path("c.db"), "file://" + file), file.toString());
    }
}
