package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testkit.s3.S3TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything docs/RAILS.md says, on a tree as Rails makes it: set up, replicate, health, restore. */
class RailsRecipeTest {

    private static final List<String> NAMES =
            List.of("production", "production_cache", "production_queue", "production_cable");

    @TempDir
    Path folder;

    private Scene scene;
    private S3TestServer server;
    private Path project;
    private Path volume;
    private Path config;
    private final Map<String, Shell> application = new TreeMap<>();

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder).named("litestream");
        server = S3TestServer.start();
        scene.set("LITESTREAM_REPLICA_BUCKET", S3TestServer.BUCKET)
                .set("LITESTREAM_REPLICA_REGION", "us-east-1")
                .set("LITESTREAM_REPLICA_ENDPOINT", server.endpoint())
                .set("LITESTREAM_ACCESS_KEY_ID", S3TestServer.ACCESS_KEY_ID)
                .set("LITESTREAM_SECRET_ACCESS_KEY", S3TestServer.SECRET_ACCESS_KEY)
                .set("RUNNEL_STATE_DIR", scene.path("state").toString());
        project = scene.path("project");
        volume = Files.createDirectories(project.resolve("storage"));
        config = project.resolve("config/litestream.yml");
        Files.createDirectories(config.getParent());
        Files.writeString(project.resolve("config/database.yml"), """
                default: &default
                  adapter: sqlite3
                  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>

                production:
                  primary:
                    <<: *default
                    database: storage/production.sqlite3
                  cache:
                    <<: *default
                    database: storage/production_cache.sqlite3
                  queue:
                    <<: *default
                    database: storage/production_queue.sqlite3
                  cable:
                    <<: *default
                    database: storage/production_cable.sqlite3
                """);
        Files.writeString(project.resolve("config/deploy.yml"), """
                service: shop
                servers:
                  web:
                    - 192.168.0.1
                volumes:
                  - "shop_storage:%s/storage"
                """.formatted(rails()));
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
        server.close();
    }

    /** Where the containers see the application; its storage is the volume. */
    private Path rails() {
        return scene.path("rails");
    }

    private Path seen(String name) {
        return rails().resolve("storage").resolve(name + ".sqlite3");
    }

    /** What stands for the container: a mount namespace with the volume in its place. Empty where that is not allowed. */
    private List<String> container(boolean readOnly) throws IOException {
        Path mount = rails().resolve("storage");
        if (!Files.exists(mount)) {
            Files.createDirectories(mount);
        }
        List<String> words = new ArrayList<>(List.of(
                "unshare",
                "-m",
                "--propagation",
                "private",
                "sh",
                "-c",
                "mount --bind '" + volume + "' '" + mount + "' || exit 90\n"
                        + (readOnly ? ReadOnlyMount.of(mount) : "")
                        + "exec \"$@\"",
                "sh"));
        List<String> probe = new ArrayList<>(words);
        probe.add("true");
        if (!Files.isSymbolicLink(mount)
                && Child.start(new ProcessBuilder(probe)).awaitEnd() == 0) {
            return words;
        }
        System.out.println("NOT TESTED: this machine does not allow a bind mount; the volume is a link");
        if (!Files.isSymbolicLink(mount)) {
            Files.delete(mount);
            Files.createSymbolicLink(mount, volume);
        }
        return List.of();
    }

    private void insert(String value) {
        application.values().forEach(shell -> shell.run("INSERT INTO t(v) VALUES ('" + value + "')"));
    }

    private Map<String, String> dumps() {
        Map<String, String> dumps = new TreeMap<>();
        application.forEach((name, shell) -> dumps.put(name, shell.run(".dump")));
        return dumps;
    }

    private void openApplication() {
        for (String name : NAMES) {
            application.put(
                    name,
                    scene.shell(
                            volume.resolve(name + ".sqlite3"),
                            "PRAGMA journal_mode=wal",
                            "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, v)"));
        }
    }

    private void awaitHealth(int code, Child daemon, String... words) {
        Scene.Run[] last = new Scene.Run[1];
        Await.until(
                "health " + code + " with " + List.of(words),
                () -> {
                    last[0] = scene.runHere("databases", "-config", config);
                    return last[0].code() == code
                            && last[0].err().stream()
                                            .filter(line -> contains(line, words))
                                            .count()
                                    == (words.length == 0 ? 0 : 1);
                },
                () -> last[0].text() + "\n" + daemon.output());
    }

    private static boolean contains(String line, String... words) {
        return List.of(words).stream().allMatch(line::contains) && words.length > 0;
    }

    private void sync(Child daemon) {
        for (String name : NAMES) {
            Scene.Run run = scene.runHere("sync", "-wait", "-timeout", "300", "-config", config, seen(name));
            assertThat(run.code()).as(run.text() + "\n" + daemon.output()).isZero();
        }
    }

    private void inContainer(Object... words) throws IOException {
        Child child = scene.start(container(false), words);
        assertThat(child.awaitEnd()).as(child.output()).isZero();
    }

    @Test
    void theWholeRecipe() throws IOException {
        Scene.Run init = scene.runHere("init", "-app-root", rails(), project);
        assertThat(init.code()).as(init.text()).isZero();
        assertThat(Files.readString(project.resolve("config/deploy.yml"))).contains("storage:ro");
        String written = Files.readString(config);
        assertThat(scene.runHere("init", "-app-root", rails(), project).out())
                .noneMatch(line -> line.contains("created") || line.contains(" changed"));

        // replicate, as the accessory does
        openApplication();
        insert("first");
        Child daemon = scene.start(container(true), "replicate", "-config", config);
        awaitHealth(0, daemon);
        sync(daemon);
        Map<String, String> first = dumps();
        Instant instant =
                Clock.systemUTC().instant().truncatedTo(ChronoUnit.MILLIS).plusMillis(1);
        Await.until("the next instant", () -> Clock.systemUTC().instant().isAfter(instant.plusMillis(1)));
        insert("second");
        sync(daemon);
        Await.untilAsserted(
                "a green health check of another process",
                () -> {
                    Scene.Run health = scene.run("databases", "-config", config);
                    assertThat(health.code()).as(health.text()).isZero();
                    assertThat(health.out()).hasSize(1 + NAMES.size());
                },
                daemon::output);
        Map<String, String> second = dumps();
        assertThat(second).isNotEqualTo(first);
        try (var files = Files.list(volume)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("nothing but SQLite's own files in the volume")
                    .allMatch(name -> name.matches("production[a-z_]*\\.sqlite3(-wal|-shm)?"));
        }

        // the bad day
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        application.values().forEach(Shell::kill);
        for (String name : NAMES) {
            for (String end : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(volume.resolve(name + ".sqlite3" + end));
            }
            inContainer("restore", "-config", config, seen(name));
            assertThat(Databases.dump(volume.resolve(name + ".sqlite3"))).isEqualTo(second.get(name));
        }
        Path before = volume.resolve("before.sqlite3");
        inContainer(
                "restore",
                "-config",
                config,
                "-timestamp",
                instant,
                "-o",
                rails().resolve("storage/before.sqlite3"),
                seen("production"));
        assertThat(Databases.dump(before)).isEqualTo(first.get("production"));
        Files.delete(before);

        // on with it, and the bucket breaks
        openApplication();
        Child next = scene.start(container(true), "replicate", "-config", config);
        insert("third");
        awaitHealth(0, next);
        sync(next);
        server.close();
        insert("fourth");
        awaitHealth(1, next, seen("production") + " -> s3", "failing since");
        assertThat(Files.readString(config)).isEqualTo(written);
    }
}
