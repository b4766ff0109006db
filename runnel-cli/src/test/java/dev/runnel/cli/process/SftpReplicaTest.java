package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testkit.sftp.SftpTestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas on an SFTP server, through the command line. */
class SftpReplicaTest {

    private static final String COUNT = "SELECT count(*) FROM t";
    private static final Path LEGACY = Path.of(System.getProperty("runnel.fixtures"), "litestream-0.3-4k");

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private SftpTestServer server;
    private Path database;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        server = SftpTestServer.start(scene.path("served"));
        database = scene.path("app.db");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
        server.close();
    }

    private Path config(String password, String more) throws IOException {
        Path config = scene.path("litestream.yml");
        Files.writeString(
                config,
                """
                shutdown-sync-timeout: 10s
                dbs:
                  - path: DATABASE
                    replica:
                      type: sftp
                      host: 127.0.0.1:PORT
                      user: USER
                      password: "PASSWORD"
                      path: /backup/app
                      sync-interval: 100ms
                """.replace("DATABASE", database.toString())
                                .replace("PORT", "" + server.port())
                                .replace("USER", SftpTestServer.USER)
                                .replace("PASSWORD", password)
                        + more);
        return config;
    }

    private String url(String path) {
        return "sftp://" + SftpTestServer.USER + ":" + SftpTestServer.PASSWORD + "@127.0.0.1:" + server.port() + path;
    }

    private void insert(Shell shell, int rows) {
        shell.run("INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + rows
                + ") SELECT hex(randomblob(50)) FROM n");
    }

    @Test
    void replicatesThroughLostConnectionsAndComesBack() throws IOException {
        Path config = config(SftpTestServer.PASSWORD, "      host-key: " + server.hostKey() + "\n");
        Path replica = scene.path("served/backup/app");
        Shell shell = scene.shell(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        Child daemon = scene.start("replicate", "-config", config);
        insert(shell, 10);
        databases.awaitReplica(replica, COUNT, "10", daemon);
        server.dropConnections();
        insert(shell, 5);
        databases.awaitReplica(replica, COUNT, "15", daemon);
        server.stopListening();
        insert(shell, 1);
        daemon.awaitLine("level=", "is an SSH server running there");
        server.listen();
        databases.awaitReplica(replica, COUNT, "16", daemon);
        assertThat(replica.resolve("ltx/0")).isDirectory();

        Scene.Run status = scene.runHere("status", "-config", config);
        assertThat(status.code()).as(status.text()).isZero();
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.err()).as(daemon.output()).isEmpty();
        assertThat(daemon.output()).doesNotContain(SftpTestServer.PASSWORD);

        Scene.Run listed = scene.runHere("databases", "-config", config);
        assertThat(listed.out()).as(listed.text()).anyMatch(line -> line.matches(".*/app\\.db +sftp *"));
        Scene.Run ltx = scene.runHere("ltx", "-config", config, "-level", "all", database);
        assertThat(ltx.out()).as(ltx.text()).anyMatch(line -> line.matches("9 +0{15}1 +[0-9a-f]{16} +[0-9]+ +.*Z *"));
        Path copy = scene.path("copy.db");
        Scene.Run run = scene.runHere("restore", "-config", config, "-o", copy, database);
        // Not the only line: the server, which is in this process, may tell of connections that ended.
        assertThat(run.out()).as(run.text()).anyMatch(line -> line.contains("proof=verified"));
        databases.assertSame(database, copy);
        Path second = scene.path("second.db");
        Scene.Run byUrl = scene.runHere("restore", "-o", second, url("/backup/app"));
        assertThat(byUrl.code()).as(byUrl.text()).isZero();
        assertThat(byUrl.text()).doesNotContain(SftpTestServer.PASSWORD);
        databases.assertSame(database, second);
    }

    @Test
    void restoresWhatLitestream03Stored() throws Exception {
        Path old = scene.path("served/old");
        try (Stream<Path> tree = Files.walk(LEGACY.resolve("replica"))) {
            for (Path path : tree.toList()) {
                Path target =
                        old.resolve(LEGACY.resolve("replica").relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
        Path copy = scene.path("copy.db");
        Scene.Run run = scene.runHere("restore", "-o", copy, url("/old"));
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(Databases.dump(copy).strip())
                .isEqualTo(Files.readString(LEGACY.resolve("expected.sql")).strip());
    }

    @Test
    void doctorTriesTheServerAndAsksForItsKey() throws IOException {
        scene.shell(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        Scene.Run healthy = scene.runHere("doctor", "-config", config(SftpTestServer.PASSWORD, ""));
        assertThat(healthy.code()).as(healthy.text()).isZero();
        assertThat(healthy.text())
                .contains("put, get, list and delete work", "the key of the server is not checked (no host-key)");
        assertThat(scene.path("served/backup/app")).isEmptyDirectory();

        Scene.Run wrong = scene.runHere("doctor", "-config", config("guess", ""));
        assertThat(wrong.code()).as(wrong.text()).isEqualTo(1);
        assertThat(wrong.out())
                .anyMatch(line -> line.startsWith("  PROBLEM  ")
                        && line.contains("refused the user " + SftpTestServer.USER + " with the password"));
    }

    @Test
    void anotherHostKeyIsOneClearError() throws IOException {
        Path config = config(SftpTestServer.PASSWORD, "      host-key: " + SftpTestServer.otherHostKey() + "\n");
        Scene.Run run = scene.runHere("restore", "-config", config, "-o", scene.path("copy.db"), database);
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.err())
                .as(run.text())
                .singleElement()
                .asString()
                .startsWith("Error: ")
                .contains("not the one in `host-key`", "write `host-key: " + server.hostKey() + "`");
    }
}
