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

/**
 * More databases than the limit of open files allows for: told at once, and with what to raise. The limit is one that is not
 * reached here, since the JVM needs files, too, and without any it does as it likes.
 */
class FewOpenFilesTest {

    private static final int DATABASES = 40;
    private static final int LIMIT = 300;

    @TempDir
    Path folder;

    private Scene scene;
    private Path config;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        StringBuilder text = new StringBuilder("dbs:\n");
        for (int i = 1; i <= DATABASES; i++) {
            Path database = scene.path("app" + i + ".db");
            Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(v)");
            text.append("  - path: ").append(database).append('\n');
            text.append("    replica: {path: ")
                    .append(scene.path("replica" + i))
                    .append("}\n");
        }
        config = Files.writeString(scene.path("c.yml"), text.toString());
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private static List<String> limited() {
        return List.of("prlimit", "--nofile=" + LIMIT + ":" + LIMIT);
    }

    @Test
    void theDaemonSaysSoBeforeAnythingFails() throws IOException {
        Child daemon = scene.start(limited(), "replicate", "-config", config);
        daemon.awaitLine("too few files", "limit=" + LIMIT, "databases=" + DATABASES, "ulimit -n");
        daemon.awaitLine("msg=started");
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
    }

    @Test
    void theDoctorSaysSo() throws IOException {
        Child doctor = scene.start(limited(), "doctor", "-config", config);
        doctor.awaitEnd();
        assertThat(doctor.out()).anyMatch(line -> line.contains("may open " + LIMIT + " files here"));
    }
}
