package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replicas that the real Litestream 0.3.13 made, also encrypted ones, through the command line. */
class LegacyReplicaTest {

    private static final Path FIXTURES = Path.of(System.getProperty("runnel.fixtures"));
    private static final String AGE = "litestream-0.3-age";
    private static final Pattern POINT =
            Pattern.compile("\"timestamp\": \"([^\"]+)\",\\s*\"rows\": \\[[^]]*],\\s*\"dump_sha256\": \"([0-9a-f]+)\"");
    private static final Pattern MTIME = Pattern.compile("\"(generations/[^\"]+)\": \"([^\"]+)\"");

    /** Made for this test. */
    private static final String FOREIGN_IDENTITY =
            "AGE-SECRET-KEY-1QYPQXPQ9QCRSSZG2PVXQ6RS0ZQG3YYC5Z5TPWXQERGD3C8G7RUSQGPQYEE";

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

    private Path copy(String fixture) throws IOException {
        Path from = FIXTURES.resolve(fixture).resolve("replica");
        Path to = scene.path("replica");
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
        Matcher matcher =
                MTIME.matcher(Files.readString(FIXTURES.resolve(fixture).resolve("fixture.json")));
        while (matcher.find()) {
            Files.setLastModifiedTime(to.resolve(matcher.group(1)), FileTime.from(Instant.parse(matcher.group(2))));
        }
        return to;
    }

    private static Map<String, String> points(String fixture) throws IOException {
        Map<String, String> points = new LinkedHashMap<>();
        Matcher matcher =
                POINT.matcher(Files.readString(FIXTURES.resolve(fixture).resolve("fixture.json")));
        while (matcher.find()) {
            points.put(matcher.group(1), matcher.group(2));
        }
        assertThat(points).isNotEmpty();
        return points;
    }

    private static String expected(String fixture) throws IOException {
        return Files.readString(FIXTURES.resolve(fixture).resolve("expected.sql"));
    }

    private static String dump(Path database) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sqlite3", database.toString(), ".dump")
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String identity() throws IOException {
        return Files.readString(FIXTURES.resolve(AGE).resolve("age-identity.txt"))
                .strip();
    }

    private Path config(String... identities) throws IOException {
        StringBuilder yaml = new StringBuilder("dbs:\n  - path: " + scene.path("app.db")
                + "\n    replica:\n      path: " + scene.path("replica") + "\n      age:\n        identities:\n");
        for (String identity : identities) {
            yaml.append("          - |\n            # an identity file\n            ")
                    .append(identity)
                    .append('\n');
        }
        return Files.writeString(scene.path("runnel.yml"), yaml);
    }

    private void restoresAllFrom(String fixture, Object... source) throws Exception {
        Path out = scene.path("out.db");
        run(source, "-o", out);
        assertThat(dump(out)).isEqualTo(expected(fixture));
        Files.delete(out);
        for (Map.Entry<String, String> point : points(fixture).entrySet()) {
            run(source, "-o", out, "-timestamp", point.getKey());
            assertThat(sha256(dump(out))).as(point.getKey()).isEqualTo(point.getValue());
            Files.delete(out);
        }
    }

    private void run(Object[] source, Object... flags) {
        List<Object> words = new ArrayList<>(List.of("restore"));
        words.addAll(List.of(flags));
        words.addAll(List.of(source));
        Scene.Run run = scene.runHere(words.toArray());
        assertThat(run.code()).as(run.text()).isZero();
    }

    /** Of either format; the launcher sets the variable when standard error is a terminal. */
    @ParameterizedTest
    @ValueSource(strings = {"litestream-0.3-4k", "litestream-0.5-4k"})
    void aTerminalIsShownHowFarARestoreIs(String fixture) throws IOException {
        copy(fixture);
        Scene.Run quiet = scene.runHere("restore", "-o", scene.path("quiet.db"), scene.fileUrl("replica"));
        assertThat(quiet.code()).as(quiet.text()).isZero();
        assertThat(quiet.err()).as(quiet.text()).isEmpty();

        scene.set("RUNNEL_TTY", "1");
        Scene.Run run = scene.runHere("restore", "-o", scene.path("shown.db"), scene.fileUrl("replica"));
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(run.err()).as(run.text()).allMatch(line -> line.isEmpty() || line.startsWith("restoring ["));
        assertThat(run.err()).as(run.text()).last().isEqualTo("restoring [" + "#".repeat(30) + "] 100 % of 0 MiB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"litestream-0.3-4k", "litestream-0.3-1k-two-generations"})
    void restoresByUrlAndMigratesBesideItself(String fixture) throws Exception {
        copy(fixture);
        String url = scene.fileUrl("replica");
        restoresAllFrom(fixture, url);

        Scene.Run migrated = scene.runHere("migrate", url, url);
        assertThat(migrated.code()).as(migrated.text()).isZero();
        Path old = scene.path("replica/generations");
        Files.move(old, scene.path("old"));
        restoresAllFrom(fixture, url);
        Files.move(scene.path("old"), old);
        restoresAllFrom(fixture, url);
        Scene.Run plan = scene.runHere("restore", "-dry-run", "-o", scene.path("x.db"), url);
        assertThat(plan.text()).as("both are as new, the proved one is taken").contains("txid range");
    }

    @Test
    void restoresWhatIsNewerOfTwoFormatsOnOnePath() throws Exception {
        String fixture = "litestream-0.3-4k";
        Path replica = copy(fixture);
        String url = scene.fileUrl("replica");
        assertThat(scene.runHere("migrate", url, url).code()).isZero();
        // The old replicator went on afterwards.
        Path last = replica.resolve("generations/f258b04d7b3663c9/wal/00000005_00000000.wal.lz4");
        Files.setLastModifiedTime(last, FileTime.from(Instant.parse("2026-11-23T00:00:00Z")));
        Scene.Run plan = scene.runHere("restore", "-dry-run", "-o", scene.path("x.db"), url);
        assertThat(plan.text()).contains("generation: f258b04d7b3663c9", "00000005_00000000.wal.lz4");
        Scene.Run then = scene.runHere(
                "restore", "-dry-run", "-timestamp", "2026-11-22T12:00:00Z", "-o", scene.path("x.db"), url);
        assertThat(then.text()).contains("txid range");
        restoresAllFrom(fixture, url);
    }

    @Test
    void restoresAGenerationAndAnIndex() throws Exception {
        copy("litestream-0.3-1k-two-generations");
        String url = scene.fileUrl("replica");
        Path out = scene.path("out.db");
        Scene.Run run =
                scene.runHere("restore", "-json", "-generation", "d3223fca61994183", "-index", "0", "-o", out, url);
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(run.text())
                .contains("\"generation\": \"d3223fca61994183\"", "\"index\": \"00000000\"", "\"proof\": \"unproved\"");
        assertThat(Shell.once(out, "PRAGMA integrity_check")).isEqualTo("ok");

        Scene.Run none = scene.runHere(
                "restore", "-generation", "d3223fca61994183", "-index", "9", "-o", scene.path("no.db"), url);
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err().get(0)).contains("no matching backups found", "no WAL index 00000009");
        assertThat(scene.runHere(
                                "restore",
                                "-if-replica-exists",
                                "-generation",
                                "0000000000000000",
                                "-o",
                                scene.path("no.db"),
                                url)
                        .code())
                .isZero();
        assertThat(scene.path("no.db")).doesNotExist();
    }

    @Test
    void aReplicaThatCannotBeReadIsLeftOut() throws Exception {
        copy("litestream-0.3-4k");
        Path noDirectory = Files.writeString(scene.path("file"), "x");
        Path config = Files.writeString(
                scene.path("two.yml"),
                "dbs:\n  - path: " + scene.path("app.db") + "\n    replicas:\n      - {name: a, path: " + noDirectory
                        + "}\n      - {name: b, path: " + scene.path("replica") + "}\n");
        restoresAllFrom("litestream-0.3-4k", "-config", config, scene.path("app.db"));
        Scene.Run named = scene.runHere("restore", "-config", config, "-replica", "a", scene.path("app.db"));
        assertThat(named.code()).isEqualTo(1);
        assertThat(named.err().get(0)).contains("not a directory");
        Scene.Run none = scene.runHere(
                "restore", "-config", config, "-replica", "a", "-generation", "f258b04d7b3663c9", scene.path("app.db"));
        assertThat(none.err().get(0)).contains("not a directory");
    }

    @Test
    void restoresAndMigratesWhatAgeEncrypted() throws Exception {
        copy(AGE);
        Path config = config(FOREIGN_IDENTITY, identity());
        restoresAllFrom(AGE, "-config", config, scene.path("app.db"));
        Scene.Run migrated = scene.runHere("migrate", "-config", config, scene.path("app.db"), scene.fileUrl("new"));
        assertThat(migrated.code()).as(migrated.text()).isZero();
        restoresAllFrom(AGE, scene.fileUrl("new"));
    }

    @Test
    void tellsWhenNoIdentityFitsAndNeverShowsOne() throws Exception {
        copy(AGE);
        Path out = scene.path("out.db");
        Scene.Run wrong =
                scene.runHere("restore", "-config", config(FOREIGN_IDENTITY), "-o", out, scene.path("app.db"));
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err().get(0)).contains("none of the 1 age identities", "snapshot.lz4");
        Scene.Run none = scene.runHere("restore", "-o", out, scene.fileUrl("replica"));
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err().get(0)).contains("age.identities");

        Path snapshot = scene.path("replica/generations/40220dcadd33b296/snapshots/00000001.snapshot.lz4");
        byte[] bytes = Files.readAllBytes(snapshot);
        bytes[bytes.length - 20] ^= 1;
        Files.write(snapshot, bytes);
        Scene.Run damaged = scene.runHere("restore", "-config", config(identity()), "-o", out, scene.path("app.db"));
        assertThat(damaged.code()).isEqualTo(1);
        assertThat(damaged.err().get(0)).contains("was changed or cut off after it was encrypted");

        Files.write(snapshot, Arrays.copyOf("no age".getBytes(StandardCharsets.UTF_8), 500));
        Scene.Run plain = scene.runHere("restore", "-config", config(identity()), "-o", out, scene.path("app.db"));
        assertThat(plain.err().get(0)).contains("not encrypted with age, or damaged");
        assertThat(out).doesNotExist();
        for (Scene.Run run : List.of(wrong, none, damaged, plain)) {
            assertThat(run.text()).doesNotContain("AGE-SECRET-KEY", "(details in ");
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(Path::toString)).noneMatch(name -> name.contains(".tmp-"));
        }
    }

    @Test
    void doesNotReplicatePlainWhereEncryptionIsAskedFor() throws Exception {
        scene.shell(scene.path("app.db"), "CREATE TABLE t(x)").close();
        Scene.Run run = scene.runHere("replicate", "-once", "-config", config(identity()));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().get(0)).contains("nothing can be encrypted");
        assertThat(scene.path("replica")).doesNotExist();
    }
}
