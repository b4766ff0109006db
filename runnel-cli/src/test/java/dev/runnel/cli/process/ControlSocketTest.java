package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The control socket and the metrics endpoint of a daemon in a process of its own, with raw requests and with commands. */
class ControlSocketTest {

    private static final String COUNT = "SELECT count(*) FROM t";

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;
    private Path database;
    private Path socket;
    private Path config;
    private Child daemon;
    private Shell shell;
    private RawHttp http;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
        database = scene.path("app.db");
        socket = scene.path("sockets").resolve("litestream.sock");
        config = Files.writeString(scene.path("litestream.yml"), """
                addr: 127.0.0.1:0
                socket:
                  enabled: true
                  path: SOCKET
                  permissions: 0660
                dbs:
                  - path: DATABASE
                    replica:
                      path: REPLICA
                """.replace("SOCKET", socket.toString())
                .replace("DATABASE", database.toString())
                .replace("REPLICA", scene.path("replica").toString()));
        shell = application(database);
        daemon = scene.start("replicate", "-config", config);
        daemon.awaitLine("serving metrics");
        http = RawHttp.unix(socket);
        databases.awaitReplica(scene.path("replica"), COUNT, "1", daemon);
        // What the replica shows, the daemon knows a moment later.
        assertThat(http.post("/sync", Map.of("path", database.toString(), "wait", true, "timeout", 120L))
                        .status())
                .isEqualTo(200);
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Shell application(Path path) {
        return scene.shell(
                path,
                "PRAGMA journal_mode=wal",
                "CREATE TABLE t(id INTEGER PRIMARY KEY, v)",
                "INSERT INTO t(v) VALUES ('one')");
    }

    private void insert() {
        shell.run("INSERT INTO t(v) VALUES ('more')");
    }

    private void awaitGreen() {
        Await.untilAsserted(
                "a green health check",
                () -> {
                    Scene.Run green = scene.runHere("databases", "-config", config);
                    assertThat(green.code()).as(green.text()).isZero();
                },
                daemon::output);
    }

    private Map<String, Object> about(Path path) {
        return Map.of("path", path.toString());
    }

    @Test
    void whatThereIsToKnow() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-rw----");
        RawHttp.Answer info = http.get("/info");
        assertThat(info.status()).isEqualTo(200);
        assertThat(info.json().keySet())
                .containsExactly("version", "pid", "uptime_seconds", "started_at", "database_count");
        assertThat(info.get("pid")).isEqualTo(daemon.pid());
        assertThat(info.get("database_count")).isEqualTo(1L);

        Await.untilAsserted(
                "the database to be replicating",
                () -> assertThat(String.valueOf(http.get("/list").get("databases")))
                        .matches("\\[\\{path=" + database + ", status=replicating, last_sync_at=[-0-9T:]+Z}]"),
                daemon::output);
        Object txId = http.get("/txid?path=" + database).get("txid");
        assertThat(txId).isInstanceOf(Long.class).isNotEqualTo(0L);
        assertThat(http.get("/txid").status()).isEqualTo(400);
        assertThat(http.get("/txid?path=/none.db").status()).isEqualTo(404);

        Await.untilAsserted(
                "nothing to be under way",
                () -> assertThat(String.valueOf(http.get("/debug/sync-status").get("databases")))
                        .contains("path=" + database, "active=false", "txid=" + txId),
                daemon::output);
        assertThat(http.get("/debug/sync-status?path=" + database).status()).isEqualTo(200);
        assertThat(http.get("/debug/sync-status?path=/none.db").status()).isEqualTo(404);
        assertThat(http.get("/debug/pprof/profile").status()).isEqualTo(404);
        assertThat(http.get("/debug/pprof/profile").body()).contains("jcmd");
        Await.untilAsserted(
                "the daemon to be healthy",
                () -> assertThat(http.get("/health").get("healthy")).isEqualTo(true),
                daemon::output);
        assertThat(http.get("/health?max_lag_ms=x").status()).isEqualTo(400);
    }

    @Test
    void badRequestsAreRefused() throws IOException {
        for (String path : List.of("/start", "/stop", "/sync", "/register", "/unregister")) {
            assertThat(http.post(path, "{").status()).as(path).isEqualTo(400);
            assertThat(http.post(path, "{").get("error")).isEqualTo("invalid request body");
            assertThat(http.post(path, "{}").get("error")).as(path).isEqualTo("path required");
            assertThat(http.post(path, "{\"path\": 1}").status()).as(path).isEqualTo(400);
            assertThat(http.get(path).status()).as(path).isEqualTo(405);
        }
        Path none = scene.path("none.db");
        assertThat(http.post("/start", about(none)).status()).isEqualTo(500);
        assertThat(http.post("/stop", about(none)).status()).isEqualTo(500);
        assertThat(http.post("/sync", about(none)).status()).isEqualTo(404);
        assertThat(http.post("/sync", Map.of("path", database.toString(), "timeout", -1L))
                        .status())
                .isEqualTo(400);
        assertThat(http.post("/sync", Map.of("path", database.toString(), "wait", "yes"))
                        .status())
                .isEqualTo(400);
        assertThat(http.post("/register", about(none)).get("error")).isEqualTo("replica_url required");
        for (String url : List.of("nonsense", "s4://b/x", "nats://b")) {
            assertThat(http.post("/register", Map.of("path", none.toString(), "replica_url", url))
                            .status())
                    .as(url)
                    .isEqualTo(400);
        }
        assertThat(http.post("/unregister", about(none)).get("status")).isEqualTo("already_unregistered");
    }

    @Test
    void syncWaitsForTheReplica() throws IOException {
        Map<String, Object> wait = Map.of("path", database.toString(), "wait", true);
        for (int i = 2; i < 6; i++) {
            insert();
            RawHttp.Answer answer = http.post("/sync", wait);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.get("replicated_txid")).isEqualTo(answer.get("txid"));
            assertThat(databases.askReplica(scene.path("replica"), COUNT)).isEqualTo(Integer.toString(i));
        }
        assertThat(http.post("/sync", wait).get("status")).isEqualTo("no_change");
        insert();
        assertThat(http.post("/sync", about(database)).get("status")).isIn("synced_local", "no_change");
    }

    @Test
    void aDatabaseIsStoppedAndStartedAgain() throws IOException {
        insert();
        RawHttp.Answer stopped = http.post("/stop", about(database));
        assertThat(stopped.get("status")).as(stopped.body()).isEqualTo("stopped");
        assertThat(databases.askReplica(scene.path("replica"), COUNT))
                .as("what was committed before is stored")
                .isEqualTo("2");
        assertThat(http.post("/stop", about(database)).get("status")).isEqualTo("already_stopped");
        assertThat(http.post("/sync", about(database)).status()).isEqualTo(409);
        assertThat(http.get("/list").body()).contains("\"stopped\"");
        Await.untilAsserted(
                "a red health check with the reason",
                () -> {
                    Scene.Run red = scene.runHere("databases", "-config", config);
                    assertThat(red.code()).as(red.text()).isEqualTo(1);
                    assertThat(red.err()).singleElement().asString().contains("stopped since", "stopped on request");
                },
                daemon::output);

        // What happens meanwhile, a reset of the WAL among it, is found afterwards.
        insert();
        shell.run("PRAGMA wal_checkpoint(TRUNCATE)");
        insert();
        RawHttp.Answer started = http.post("/start", about(database));
        assertThat(started.get("status")).isEqualTo("started");
        assertThat((Long) started.get("txid"))
                .as("where it stood, although it has only begun to look: " + started.body())
                .isPositive();
        assertThat(http.post("/start", about(database)).get("status")).isEqualTo("already_running");
        databases.awaitReplica(scene.path("replica"), COUNT, "4", daemon);
        awaitGreen();
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(socket).as("the socket goes with the daemon").doesNotExist();
    }

    @Test
    void aDatabaseIsRegisteredAndUnregistered() throws IOException {
        Path other = scene.path("other.db");
        Shell second = application(other);
        Map<String, Object> request = Map.of("path", other.toString(), "replica_url", scene.fileUrl("replica-2"));
        assertThat(http.post("/register", request).get("status")).isEqualTo("registered");
        assertThat(http.post("/register", request).get("status")).isEqualTo("already_registered");
        databases.awaitReplica(scene.path("replica-2"), COUNT, "1", daemon);
        second.run("INSERT INTO t(v) VALUES ('two')");
        RawHttp.Answer gone = http.post("/unregister", about(other));
        assertThat(gone.get("status")).as(gone.body()).isEqualTo("unregistered");
        assertThat((Long) gone.get("txid")).isPositive();
        assertThat(databases.askReplica(scene.path("replica-2"), COUNT)).isEqualTo("2");
        assertThat(http.post("/unregister", about(other)).get("status")).isEqualTo("already_unregistered");
        assertThat(http.get("/info").get("database_count")).isEqualTo(1L);
        assertThat(http.post("/register", request).get("status")).isEqualTo("registered");
        second.run("INSERT INTO t(v) VALUES ('three')");
        databases.awaitReplica(scene.path("replica-2"), COUNT, "3", daemon);
    }

    @Test
    void theCommandsSayTheSame() throws IOException {
        Path other = scene.path("other.db");
        application(other);
        assertThat(run("info").out().get(0)).startsWith("Runnel ");
        assertThat(run("info").out().get(1)).isEqualTo("PID: " + daemon.pid());
        assertThat(run("list").out())
                .singleElement()
                .asString()
                .matches(database + " \\[replicating] \\(last sync: [-0-9T:]+Z\\)");
        assertThat(run("register", "-replica", scene.fileUrl("replica-2"), other)
                        .out())
                .containsExactly(
                        "status: registered",
                        "db_path: " + other,
                        "replica: " + scene.fileUrl("replica-2"),
                        "socket: " + socket);
        List<String> sync = run("sync", "-wait", other).out();
        assertThat(sync.get(0)).matches("status: (synced|no_change)");
        assertThat(sync.get(3)).startsWith("replica_txid: ");
        assertThat(sync.get(4)).startsWith("duration_ms: ");
        scene.named("litestream");
        assertThat(run("sync", "-wait", other).out())
                .extracting(line -> line.substring(0, line.indexOf(':')))
                .as("the lines of Litestream")
                .containsExactly("db_path", "txid", "replica_txid", "duration_ms");
        scene.named("runnel");
        assertThat(run("stop", other).out()).contains("status: stopped", "state: stopped");
        assertThat(run("start", "-json", other).out())
                .contains("  \"status\": \"started\",", "  \"state\": \"running\",");
        assertThat(run("unregister", "-dry-run", other).out()).contains("No unregister request was sent.");
        assertThat(run("unregister", other).out().get(0)).isEqualTo("status: unregistered");

        Scene.Run failed = scene.runHere("stop", "-socket", socket, other);
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).containsExactly("Error: stop failed: database not found: " + other);
        Scene.Run nobody = scene.runHere("list", "-socket", scene.path("none.sock"));
        assertThat(nobody.err().get(0))
                .startsWith("Error: list failed: failed to connect to control socket: " + scene.path("none.sock"));
        assertThat(scene.runHere("sync", "-timeout", "0", other).err())
                .containsExactly("Error: timeout must be greater than 0");
        assertThat(scene.runHere("register", other).err().get(0)).isEqualTo("Error: -replica is required");

        assertThat(scene.runHere("list", "-config", config).code())
                .as("through the private socket")
                .isZero();
    }

    private Scene.Run run(Object command, Object... more) {
        Object[] words = new Object[more.length + 3];
        words[0] = command;
        words[1] = "-socket";
        words[2] = socket;
        System.arraycopy(more, 0, words, 3, more.length);
        Scene.Run run = scene.runHere(words);
        assertThat(run.code()).as(run.text()).isZero();
        return run;
    }

    /** A daemon without a configuration is found by its database. */
    @Test
    void syncFindsADaemonByItsDatabase() throws IOException {
        Path other = scene.path("other.db");
        application(other);
        Child second = scene.start("replicate", other, scene.fileUrl("replica-2"));
        second.awaitLine("private socket opened");
        Scene.Run run = scene.runHere("sync", "-wait", other);
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(databases.askReplica(scene.path("replica-2"), COUNT)).isEqualTo("1");
    }

    @Test
    void metricsAndProbes() throws IOException {
        RawHttp web = RawHttp.tcp(port());
        Await.untilAsserted(
                "the metrics of a database of which everything is stored",
                () -> {
                    RawHttp.Answer metrics = web.get("/metrics");
                    assertThat(metrics.status()).isEqualTo(200);
                    String labels = "{db=\"" + database + "\",replica=\"file\"";
                    String put = "{replica_type=\"file\",operation=\"PUT\"} ";
                    assertThat(metrics.body())
                            .contains(
                                    "runnel_healthy 1\n",
                                    "runnel_replica_lag_seconds" + labels + "} 0\n",
                                    "litestream_txid{db=\"" + database + "\"} ",
                                    "litestream_replica_operation_total" + put,
                                    "process_resident_memory_bytes ",
                                    "litestream_replica_operation_duration_seconds_count" + put,
                                    "runnel_replica_lease" + labels + ",standing=\"standby\"} 0\n")
                            .containsPattern("litestream_sync_seconds\\{db=\"[^\"]*\"} [0-9.E-]*[1-9]");
                },
                daemon::output);
        assertThat(web.get("/livez")).isEqualTo(new RawHttp.Answer(200, "ok\n"));
        Await.untilAsserted(
                "the daemon to be ready",
                () -> {
                    assertThat(web.get("/readyz")).isEqualTo(new RawHttp.Answer(200, "ok\n"));
                    RawHttp.Answer json = web.get("/readyz?format=json");
                    assertThat(json.status()).isEqualTo(200);
                    assertThat(json.body()).contains("\"healthy\"", "\"lease\"", "\"standing\"");
                },
                daemon::output);
        assertThat(web.get("/readyz?format=xml").status()).isEqualTo(400);
        assertThat(web.get("/list").status())
                .as("control is not for the network")
                .isEqualTo(404);
        assertThat(web.post("/stop", about(database)).status()).isEqualTo(404);

        assertThat(http.post("/stop", about(database)).status()).isEqualTo(200);
        RawHttp.Answer notReady = web.get("/readyz");
        assertThat(notReady.status()).isEqualTo(503);
        assertThat(web.get("/readyz?format=json").status()).isEqualTo(503);
        assertThat(notReady.body()).contains(database + ": stopped since");
        assertThat(web.get("/livez").status()).isEqualTo(200);
        assertThat(web.get("/metrics").body()).contains("runnel_healthy 0\n");
    }

    private int port() {
        return Integer.parseInt(daemon.awaitLine("serving metrics").replaceAll(".* port=([0-9]+).*", "$1"));
    }

    @Test
    void aSecondDaemonLeavesTheSocketsOfTheFirstAlone() throws IOException {
        Child second = scene.start("replicate", "-config", config);
        assertThat(second.awaitLine("level=WARN", "runs already")).contains(config.toString());
        second.awaitLine("level=ERROR", "cannot open the control socket", "another process listens");
        second.kill();
        assertThat(http.get("/info").get("pid")).isEqualTo(daemon.pid());
        awaitGreen();
    }

    @Test
    void whatIsInTheWayIsLeftThere() throws IOException {
        Path file = Files.writeString(scene.path("file"), "mine");
        Path other = Files.writeString(
                scene.path("other.yml"),
                Files.readString(config)
                        .replace(socket.toString(), file.toString())
                        .replace(database.toString(), scene.path("other.db").toString())
                        .replace(
                                scene.path("replica").toString(),
                                scene.path("replica-2").toString())
                        .replace("127.0.0.1:0", "127.0.0.1:" + port()));
        Child second = scene.start("replicate", "-config", other);
        second.awaitLine("level=ERROR", "socket path exists but is not a socket: " + file);
        second.awaitLine("level=ERROR", "cannot serve metrics");
        assertThat(file).hasContent("mine");
        application(scene.path("other.db"));
        databases.awaitReplica(scene.path("replica-2"), COUNT, "1", second);
    }
}
