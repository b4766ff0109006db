package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory of databases, some of which come and go while the daemon runs. */
class DirectoriesTest {

    private static final String COUNT = "SELECT count(*) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private Path config;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        Files.createDirectories(scene.path("data/tenants"));
        config = scene.path("runnel.yml");
        Files.writeString(config, """
                dbs:
                  - dir: data
                    pattern: "*.db"
                    recursive: true
                    watch: true
                    replica: { path: backup }
                """);
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Shell application(String name, int rows) {
        Shell shell = scene.shell(scene.path("data/" + name), "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        for (int i = 0; i < rows; i++) {
            shell.run("INSERT INTO t VALUES (" + i + ")");
        }
        return shell;
    }

    @Test
    void databasesThatComeAreReplicatedAndThoseThatGoAreLetGo() throws IOException {
        application("early.db", 2);
        Child daemon = scene.start("replicate", "-config", config);
        databases.awaitReplica(scene.path("backup/early.db"), COUNT, "2", daemon);

        Shell late = application("tenants/late.db", 3);
        databases.awaitReplica(scene.path("backup/tenants/late.db"), COUNT, "3", daemon);
        Files.createDirectory(scene.path("data/new"));
        application("new/latest.db", 4);
        databases.awaitReplica(scene.path("backup/new/latest.db"), COUNT, "4", daemon);

        late.close();
        Files.delete(scene.path("data/tenants/late.db"));
        daemon.awaitLine("database is gone", "late.db");
        application("tenants/last.db", 1);
        databases.awaitReplica(scene.path("backup/tenants/last.db"), COUNT, "1", daemon);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.err()).as(daemon.output()).isEmpty();
        assertThat(daemon.out()).as(daemon.output()).noneMatch(line -> line.contains("level=ERROR"));

        // Restored by its path, though neither it nor its directory is there.
        Path copy = scene.path("copy.db");
        Scene.Run restore = scene.run("restore", "-config", config, "-o", copy, scene.path("data/tenants/late.db"));
        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(Shell.once(copy, COUNT)).isEqualTo("3");
        Scene.Run list = scene.run("databases", "-config", config);
        assertThat(list.out()).as(list.text()).hasSize(4).anyMatch(line -> line.contains("new/latest.db"));
    }

    /** To look into it would drop the locks of the one that is attached: the WAL would be deleted by its application. */
    @Test
    void aLinkToADatabaseThatIsAttachedIsLetBe() throws IOException {
        Shell early = application("early.db", 2);
        Child daemon = scene.start("replicate", "-config", config);
        databases.awaitReplica(scene.path("backup/early.db"), COUNT, "2", daemon);
        Files.createSymbolicLink(scene.path("data/again.db"), scene.path("data/early.db"));
        Files.createLink(scene.path("data/hard.db"), scene.path("data/early.db"));
        application("tenants/late.db", 3);
        databases.awaitReplica(scene.path("backup/tenants/late.db"), COUNT, "3", daemon);
        early.close();
        assertThat(scene.path("data/early.db-wal")).as(daemon.output()).exists();
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(scene.path("backup")).isDirectoryNotContaining("glob:**{again,hard}.db");
    }
}
