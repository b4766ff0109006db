package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code restore -force} over a database that an application has open. */
class RestoreOverOpenDatabaseTest {

    private Scene scene;
    private Path database;

    @BeforeEach
    void begin(@TempDir Path folder) throws IOException {
        scene = new Scene(folder);
        database = scene.path("app.db");
        Shell.once(
                database,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, v)",
                "INSERT INTO t VALUES (1, 'stored')");
        Scene.Run once = scene.run("replicate", "-once", database, scene.fileUrl("replica"));
        assertThat(once.code()).as(once.text()).isZero();
        Shell.once(database, "INSERT INTO t VALUES (2, 'later')");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Scene.Run restore() throws IOException {
        return scene.run("restore", "-force", "-o", database, scene.fileUrl("replica"));
    }

    private void requireRefused(Scene.Run run, String who) throws IOException {
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(String.join("\n", run.err()))
                .contains(database + " is open in " + who, "stop the application", "another path with -o")
                .doesNotContain("\tat ");
        try (var files = Files.list(scene.path("."))) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())).toList())
                    .noneMatch(name -> name.contains(".tmp-"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"wal", "delete"})
    void isRefusedAndNamesTheProcess(String journalMode) throws IOException {
        Shell.once(database, "PRAGMA journal_mode=" + journalMode);
        Shell application = scene.shell(database);
        assertThat(application.run("SELECT count(*) FROM t")).isEqualTo("2");
        requireRefused(restore(), "process " + application.pid() + " (");
        assertThat(application.run("SELECT count(*) FROM t")).isEqualTo("2");
        application.close();
        assertThat(restore().code()).isZero();
        assertThat(Shell.once(database, "SELECT group_concat(v) FROM t")).isEqualTo("stored");
    }

    /** As of a container that does not see the processes of another one: only the lock tells. */
    @Test
    void isRefusedForTheLockOfAProcessThatCannotBeSeen() throws IOException {
        List<String> inNamespace = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
        Possible.require("a namespace of processes", inNamespace, "true");
        Shell application = scene.shell(database);
        assertThat(application.run("SELECT count(*) FROM t")).isEqualTo("2");
        Child restore = scene.start(inNamespace, "restore", "-force", "-o", database, scene.fileUrl("replica"));
        int code = restore.awaitEnd();
        requireRefused(new Scene.Run(code, restore.out(), restore.err()), "another process");
    }
}
