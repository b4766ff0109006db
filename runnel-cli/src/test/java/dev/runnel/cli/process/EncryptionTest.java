package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that are encrypted with age, from the configuration file to the restored database. */
class EncryptionTest {

    @TempDir
    Path folder;

    private Scene scene;
    private String identity;
    private String recipient;

    @BeforeEach
    void begin() throws IOException, GeneralSecurityException {
        scene = new Scene(folder);
        KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
        identity = pair.getPrivate().toString();
        recipient = pair.getPublic().toString();
        Shell.once(database(), "PRAGMA journal_mode=wal", "CREATE TABLE t(a)", "INSERT INTO t VALUES (1)");
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private Path database() {
        return scene.path("app.db");
    }

    private Path config(String name, String... keys) throws IOException {
        return Files.writeString(
                scene.path(name), """
                dbs:
                  - path: %s
                    replicas:
                      - path: %s
                        %s
                """.formatted(database(), scene.path("replica"), String.join("\n        ", keys)));
    }

    private Path writer() throws IOException {
        return config("writer.yml", "age:", "  recipients: [" + recipient + "]");
    }

    private Path reader() throws IOException {
        Path file = Files.writeString(scene.path("identity.txt"), "# created by a test\n" + identity + "\n");
        return config("reader.yml", "age:", "  identities: [" + file + "]");
    }

    private Path both() throws IOException {
        scene.set("AGE_IDENTITY", identity);
        return config("both.yml", "age:", "  identities: [\"${AGE_IDENTITY}\"]", "  recipients: [" + recipient + "]");
    }

    private void replicates(Path config) {
        Scene.Run run = scene.runHere("replicate", "-once", "-config", config);
        assertThat(run.code()).as(run.text()).isZero();
    }

    private Scene.Run fails(Object... words) {
        Scene.Run run = scene.runHere(words);
        assertThat(run.code()).as(run.text()).isEqualTo(1);
        assertThat(run.text()).doesNotContain(identity, "(details in ");
        return run;
    }

    private void restores(String what, Object... words) throws IOException {
        Path restored = scene.path("restored.db");
        Files.deleteIfExists(restored);
        Object[] command = Stream.concat(Stream.of("restore", "-o", restored), Stream.of(words))
                .toArray();
        Scene.Run run = scene.runHere(command);
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(Shell.once(restored, "SELECT group_concat(a) FROM t")).isEqualTo(what);
    }

    private void requireAllEncrypted(Path replica) throws IOException {
        try (Stream<Path> tree = Files.walk(replica)) {
            List<Path> data = tree.filter(path -> path.toString().matches(".*\\.(ltx|map)"))
                    .toList();
            assertThat(data).hasSizeGreaterThan(1);
            for (Path file : data) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .startsWith("age-encryption.org/v1\n");
            }
        }
    }

    @Test
    void withBothHalvesEverythingWorks() throws IOException {
        replicates(both());
        Shell.once(database(), "INSERT INTO t VALUES (2)");
        replicates(both());
        requireAllEncrypted(scene.path("replica"));
        restores("1,2", "-config", both(), database());
        Scene.Run verified = scene.runHere("verify", "-config", both());
        assertThat(verified.code()).as(verified.text()).isZero();
        assertThat(verified.text()).contains("verified");
        Scene.Run scrubbed = scene.runHere("scrub", "-config", both());
        assertThat(scrubbed.code()).as(scrubbed.text()).isZero();
        Scene.Run checked = scene.runHere("config", "check", "-config", both());
        assertThat(checked.code()).as(checked.text()).isZero();
        assertThat(checked.text())
                .contains("encrypted for " + recipient, "read as " + recipient)
                .doesNotContain(identity);
    }

    @Test
    void whoHasRecipientsOnlyWritesAndWhoHasTheIdentityReads() throws IOException {
        replicates(writer());
        Shell.once(database(), "INSERT INTO t VALUES (2)");
        replicates(writer());
        requireAllEncrypted(scene.path("replica"));
        restores("1,2", "-config", reader(), database());
        assertThat(fails("restore", "-o", scene.path("no.db"), "-config", writer(), database())
                        .text())
                .contains("there is no identity here", "age.identities", recipient);
        assertThat(fails("restore", "-o", scene.path("no.db"), scene.fileUrl("replica"))
                        .text())
                .contains("is encrypted with age", "age.identities");
        assertThat(fails("verify", "-config", writer()).text()).contains("there is no identity here");
        assertThat(fails("scrub", "-config", writer()).text()).contains("there is no identity here");
        for (Scene.Run run : List.of(
                scene.runHere("ltx", "-config", writer(), database()),
                scene.runHere("status", "-config", writer()),
                scene.runHere("databases", "-no-health", "-config", writer()))) {
            assertThat(run.code()).as(run.text()).isZero();
        }
        assertThat(scene.path("no.db")).doesNotExist();
    }

    @Test
    void aWriterThatLostItsStateTakesASnapshot() throws IOException {
        replicates(writer());
        try (Stream<Path> state = Files.walk(scene.path(".app.db-litestream"))) {
            for (Path path : state.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        Shell.once(database(), "INSERT INTO t VALUES (2)");
        replicates(writer());
        restores("1,2", "-config", reader(), database());
        try (Stream<Path> snapshots = Files.list(scene.path("replica/ltx/9"))) {
            assertThat(snapshots).hasSize(2);
        }
    }

    @Test
    void theWrongIdentityIsTold() throws IOException, GeneralSecurityException {
        replicates(writer());
        KeyPair other = new X25519KeyPairGenerator().generateKeyPair();
        Path wrong = config("wrong.yml", "age:", "  identities: [" + other.getPrivate() + "]");
        Scene.Run run = fails("restore", "-o", scene.path("no.db"), "-config", wrong, database());
        assertThat(run.err().get(0))
                .contains("replica", "no identity matches", other.getPublic().toString())
                .doesNotContain(other.getPrivate().toString());
    }

    @Test
    void whoCannotEncryptDoesNotReplicate() throws IOException {
        Scene.Run run = fails("replicate", "-once", "-config", reader());
        assertThat(run.err().get(0)).contains("age.identities", "nothing can be encrypted");
        assertThat(scene.path("replica")).doesNotExist();
    }

    @Test
    void wrongKeysAreNamedByTheirLine() throws IOException, GeneralSecurityException {
        String other =
                new X25519KeyPairGenerator().generateKeyPair().getPublic().toString();
        assertThat(fails("replicate", "-once", "-config", config("c.yml", "age:", "  recipients: [age1nonsense]"))
                        .text())
                .contains("c.yml:6", "`age.recipients`: line 1 is no valid age recipient");
        assertThat(fails("replicate", "-once", "-config", config("c.yml", "age:", "  recipients: [" + identity + "]"))
                        .text())
                .contains("is an identity, which is secret");
        assertThat(fails("replicate", "-once", "-config", config("c.yml", "age:", "  identities: [/nowhere/key]"))
                        .text())
                .contains("c.yml:6", "/nowhere/key cannot be read: there is no such file");
        Path mismatched = config("c.yml", "age:", "  identities: [" + identity + "]", "  recipients: [" + other + "]");
        assertThat(fails("replicate", "-once", "-config", mismatched).text())
                .contains("c.yml:6", "none of them opens what is encrypted for `age.recipients`");
    }

    @Test
    void verifyingWithoutAnIdentityIsFlagged() throws IOException {
        Path config = config("c.yml", "validation-interval: 1h", "age:", "  recipients: [" + recipient + "]");
        Scene.Run checked = scene.runHere("config", "check", "-config", config);
        assertThat(checked.code()).as(checked.text()).isZero();
        assertThat(checked.text()).contains("validation-interval", "cannot be done here", "write only, no identity");
    }

    @Test
    void databasesOfADirectoryAreEncryptedToo() throws IOException {
        Path config = Files.writeString(
                scene.path("c.yml"), """
                dbs:
                  - dir: %s
                    pattern: "*.db"
                    replica:
                      path: %s
                      age: {recipients: [%s]}
                """.formatted(scene.path(""), scene.path("replicas"), recipient));
        replicates(config);
        requireAllEncrypted(scene.path("replicas"));
    }
}
