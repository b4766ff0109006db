package dev.runnel.cli.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code doctor} in front of a bucket with settings, over HTTP. */
class BucketDoctorTest {

    @TempDir
    Path folder;

    private Scene scene;
    private Bucket bucket;
    private Path config;

    /** A bucket in memory that has what S3Proxy lacks: settings of its own. */
    private static final class Bucket implements AutoCloseable {

        private final HttpServer server;
        private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
        /** What it answers, by query. */
        private final Map<String, String> settings = new ConcurrentHashMap<>();

        Bucket() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", this::handle);
            server.start();
        }

        private void handle(HttpExchange exchange) throws IOException {
            try (exchange) {
                String key = exchange.getRequestURI().getPath();
                String query = String.valueOf(exchange.getRequestURI().getQuery());
                byte[] sent = exchange.getRequestBody().readAllBytes();
                switch (exchange.getRequestMethod()) {
                    case "PUT" -> put(exchange, key, sent);
                    case "POST" -> {
                        objects.clear();
                        answer(exchange, 200, "<DeleteResult/>");
                    }
                    default -> get(exchange, key, query);
                }
            }
        }

        private void put(HttpExchange exchange, String key, byte[] sent) throws IOException {
            boolean refused = exchange.getRequestHeaders().containsKey("If-None-Match") && objects.containsKey(key);
            if (!refused) {
                objects.put(key, sent);
                exchange.getResponseHeaders().set("ETag", "\"e\"");
            }
            answer(exchange, refused ? 412 : 200, "");
        }

        private void get(HttpExchange exchange, String key, String query) throws IOException {
            byte[] object = objects.get(key);
            if (object != null) {
                exchange.getResponseHeaders()
                        .set("Content-Range", "bytes 0-" + (object.length - 1) + "/" + object.length);
                answer(exchange, 206, new String(object, UTF_8));
            } else if (query.startsWith("list-type")) {
                StringBuilder keys = new StringBuilder();
                objects.forEach((name, content) -> keys.append("<Contents><Key>")
                        .append(name.substring("/b/".length()))
                        .append("</Key><LastModified>2026-01-01T00:00:00Z</LastModified><Size>")
                        .append(content.length)
                        .append("</Size></Contents>"));
                answer(exchange, 200, "<ListBucketResult>" + keys + "</ListBucketResult>");
            } else {
                String told = settings.get(query);
                answer(
                        exchange,
                        told == null ? 403 : 200,
                        told == null ? "<Error><Code>AccessDenied</Code></Error>" : told);
            }
        }

        private static void answer(HttpExchange exchange, int status, String body) throws IOException {
            byte[] bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            if (bytes.length > 0) {
                exchange.getResponseBody().write(bytes);
            }
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        bucket = scene.closing(new Bucket());
        Path database = scene.path("app.db");
        Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        config = scene.path("c.yml");
        Files.writeString(config, """
            dbs:
              - path: DATABASE
                replica:
                  type: s3
                  bucket: b
                  path: app
                  endpoint: http://127.0.0.1:PORT
                  access-key-id: k
                  secret-access-key: s
                  retention: 720h
            """.replace("DATABASE", database.toString())
                .replace("PORT", String.valueOf(bucket.server.getAddress().getPort())));
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    @Test
    void aRuleThatEatsTheHistoryFails() {
        bucket.settings.put(
                "versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        bucket.settings.put("lifecycle", """
            <LifecycleConfiguration><Rule><ID>tidy up</ID><Filter><Prefix>app/</Prefix></Filter>
            <Status>Enabled</Status><Expiration><Days>14</Days></Expiration></Rule></LifecycleConfiguration>\
            """);
        Scene.Run run = scene.runHere("doctor", "-config", config);
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.out())
                .as(run.text())
                .contains(
                        "  PROBLEM  rule \"tidy up\" of its bucket deletes objects after 14 days, while restores need"
                                + " them for 744h0m0s",
                        "           -> remove the rule, or keep it off app/: Runnel deletes what `retention` no longer"
                                + " needs",
                        "           -> add a life cycle rule that deletes noncurrent versions after, say, 30 days",
                        "  note     object lock of its bucket could not be asked: its key lacks the permission"
                                + " s3:GetBucketObjectLockConfiguration");
    }

    @Test
    void debuggingTellsOfEveryRequestOnStandardError() {
        Scene.Run quiet = scene.runHere("config", "check", "-config", config);
        assertThat(quiet.code()).as(quiet.text()).isZero();
        assertThat(quiet.err()).as(quiet.text()).isEmpty();
        scene.set("LITESTREAM_S3_DEBUG", "request");
        for (String command : new String[] {"doctor", "config"}) {
            Scene.Run run = command.equals("doctor")
                    ? scene.runHere("doctor", "-config", config)
                    : scene.runHere("config", "check", "-config", config);
            assertThat(run.code()).as(run.text()).isZero();
            assertThat(run.err())
                    .as(run.text())
                    .anyMatch(line -> line.endsWith(" S3 request 1"))
                    .anyMatch(line -> line.startsWith("PUT http://127.0.0.1:"));
            assertThat(run.out()).as(run.text()).noneMatch(line -> line.contains("S3 request"));
            assertThat(run.err().stream().anyMatch(line -> line.endsWith("?lifecycle")))
                    .as(run.text())
                    .isEqualTo(command.equals("doctor"));
        }
    }

    @Test
    void aKeyThatMayNotAskIsNoFailure() {
        Scene.Run run = scene.runHere("doctor", "-json", "-config", config);
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(run.text())
                .contains("\"severity\": \"note\"")
                .contains("s3:GetBucketVersioning, s3:GetLifecycleConfiguration, s3:GetBucketObjectLockConfiguration");
        assertThat(bucket.objects).as("nothing is left behind").isEmpty();
    }
}
