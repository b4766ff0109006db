package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.compact.ChangesetSource;
import dev.runnel.compact.CompactionPlan;
import dev.runnel.compact.Compactor;
import dev.runnel.model.Level;
import dev.runnel.storage.file.FileObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code verify}, {@code scrub} and what {@code status} shows of them, on real replicas. */
class VerifyAndScrubTest {

    @TempDir
    Path folder;

    private Scene scene;
    private Path config;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        config = Files.writeString(
                scene.path("runnel.yml"), """
                dbs:
                  - path: %s
                    replicas:
                      - {name: one, path: %s}
                      - {name: two, path: %s}
                """.formatted(scene.path("app.db"), scene.path("one"), scene.path("two")));
        Path database = scene.path("app.db");
        Shell.once(database, "PRAGMA journal_mode=wal", "CREATE TABLE t(a)", "INSERT INTO t VALUES (1)");
        replicate();
        for (int i = 2; i < 5; i++) {
            Shell.once(database, "INSERT INTO t VALUES (" + i + ")");
            replicate();
        }
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    private void replicate() throws IOException {
        Scene.Run run = scene.runHere("replicate", "-once", "-config", config);
        assertThat(run.code()).as(run.text()).isZero();
    }

    private List<Path> files(String replica, String pattern) throws IOException {
        try (Stream<Path> tree = Files.walk(scene.path(replica))) {
            return tree.filter(Files::isRegularFile)
                    .filter(path -> path.toString().matches(pattern))
                    .sorted()
                    .toList();
        }
    }

    private static void flip(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void aWholeReplicaIsVerifiedWithAReceipt() throws IOException {
        Scene.Run run = scene.run(
                "verify",
                "-config",
                config,
                "-integrity-check",
                "full",
                "-assert",
                "SELECT count(*) = 4 FROM t",
                "-assert",
                "SELECT max(a) FROM t");
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(run.out()).as(run.text()).hasSize(3);
        assertThat(run.out().get(1)).contains("one", "verified", "full");
        assertThat(run.out().get(2)).contains("two", "verified");
        assertThat(files("one", ".*/receipts/[0-9a-f]{16}-[0-9T]+Z\\.json")).hasSize(1);
        assertThat(files("tmp", ".*\\.db")).as("the copy is gone").isEmpty();

        Scene.Run status = scene.runHere("status", "-config", config);
        assertThat(status.out().get(0)).as(status.text()).contains("verified");
        assertThat(status.out().get(1)).contains("one 0000", "two 0000", " verified ");
        Scene.Run json = scene.runHere("status", "-config", config, "-json");
        assertThat(json.text()).contains("\"verified\": {", "\"outcome\": \"verified\"");
    }

    @Test
    void noReceiptIsKeptWhenNoneIsWanted() throws IOException {
        Scene.Run run = scene.runHere("verify", "-no-receipt", "-json", scene.fileUrl("one"));
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(run.text()).contains("\"outcome\": \"verified\"", "\"mode\": \"full\"");
        assertThat(files("one", ".*/receipts/.*")).isEmpty();
        assertThat(scene.runHere("status", "-config", config).out().get(0)).doesNotContain("verified");
    }

    @Test
    void anAssertionThatDoesNotHoldFails() {
        for (String sql :
                List.of("SELECT 0", "SELECT NULL", "SELECT ''", "SELECT 1 WHERE 0", "SELECT 0.0", "nonsense")) {
            Scene.Run run = scene.runHere("verify", "-config", config, "-replica", "one", "-assert", sql);
            assertThat(run.code()).as(run.text()).isEqualTo(1);
            assertThat(run.text()).contains("assertion failed: " + sql, "failed");
            assertThat(run.err().get(0)).isEqualTo("Error: 1 of 1 replicas not verified");
        }
    }

    @Test
    void damageIsFoundByVerifyAndByScrubAndRepairedFromTheOtherReplica() throws IOException {
        Path file = files("one", ".*/ltx/0/.*3\\.ltx").get(0);
        byte[] whole = Files.readAllBytes(file);
        flip(file);

        Scene.Run verify = scene.runHere("verify", "-config", config, scene.path("app.db"));
        assertThat(verify.code()).as(verify.text()).isEqualTo(1);
        assertThat(verify.text()).contains(file.getFileName().toString(), "corrupt", "1 of 2 replicas not verified");

        Scene.Run scrub = scene.run("scrub", "-config", config, scene.path("app.db"));
        assertThat(scrub.code()).as(scrub.text()).isEqualTo(1);
        assertThat(scrub.text())
                .contains(
                        "1 damaged or missing",
                        "damaged  ltx/0/" + file.getFileName(),
                        "costs 0000000000000003 to 0000000000000004, 2 points",
                        "restores 0000000000000001 to 0000000000000002, 2 points",
                        "whole",
                        "-repair-from");
        assertThat(Files.readAllBytes(file)).as("nothing is changed unasked").isNotEqualTo(whole);

        Scene.Run repair =
                scene.runHere("scrub", "-config", config, "-repair-from", "two", "-json", scene.path("app.db"));
        assertThat(repair.code()).as(repair.text()).isZero();
        assertThat(repair.text()).contains("\"repaired\": true", "\"whole\": true");
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
        assertThat(scene.runHere("verify", "-config", config).code()).isZero();
    }

    /** On a bad day nobody should have to know which of the replicas is the whole one. */
    @Test
    void aDamagedReplicaDoesNotHideAWholeOneFromARestore() throws IOException {
        for (Path file : files("one", ".*\\.ltx")) {
            flip(file);
        }
        Path copy = scene.path("copy.db");

        Scene.Run restore = scene.runHere("restore", "-config", config, "-o", copy, scene.path("app.db"));

        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(restore.text())
                .contains("trying another one", "corrupt", scene.path("two").toString());
        assertThat(Shell.once(copy, "SELECT count(*) FROM t")).contains("4");
        Scene.Run asked = scene.runHere(
                "restore", "-config", config, "-replica", "one", "-o", scene.path("other.db"), scene.path("app.db"));
        assertThat(asked.code()).as(asked.text()).isEqualTo(1);
        assertThat(scene.path("other.db")).doesNotExist();
    }

    /** Of two replicas that reach equally far one may have merged, or deleted, what the other still has. */
    @Test
    void anyReplicaGivesTheMomentThatIsAskedFor() throws IOException {
        ReplicaArchive one = new ReplicaArchive(new FileObjectStore(scene.path("one")), ReplicaLayout.files(""));
        List<LtxFile> small = one.load().files(Level.L0);
        new Compactor(one, ChangesetSource.NONE, scene.path("tmp")).execute(new CompactionPlan(new Level(1), small));
        one.delete(small);
        Path copy = scene.path("copy.db");

        Scene.Run restore = scene.runHere(
                "restore", "-config", config, "-txid", "0000000000000003", "-o", copy, scene.path("app.db"));

        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(Shell.once(copy, "SELECT count(*) FROM t")).contains("3");
        Scene.Run neither = scene.runHere(
                "restore",
                "-config",
                config,
                "-txid",
                "0000000000000009",
                "-o",
                scene.path("other.db"),
                scene.path("app.db"));
        assertThat(neither.code()).as(neither.text()).isEqualTo(1);
        assertThat(neither.text()).contains("transaction 0000000000000009 not available", scene.path("one") + "");
    }

    @Test
    void aMissingFileIsRepaired() throws IOException {
        Files.delete(files("two", ".*/ltx/0/.*3\\.ltx").get(0));
        Scene.Run scrub = scene.runHere("scrub", "-config", config, "-replica", "two");
        assertThat(scrub.code()).as(scrub.text()).isEqualTo(1);
        assertThat(scrub.text()).contains("missing", "transactions 0000000000000003 to 0000000000000003");
        Scene.Run repair = scene.runHere("scrub", "-config", config, "-repair-from", "one", scene.path("app.db"));
        assertThat(repair.code()).as(repair.text()).isZero();
        assertThat(repair.text()).contains("repaired  ltx/0/0000000000000003");
    }

    @Test
    void whatTheUserGetsWrongIsSaid() {
        assertThat(scene.runHere("verify", scene.fileUrl("absent")).text()).contains("no matching backup files");
        Scene.Run scrub = scene.runHere("scrub", scene.fileUrl("absent"));
        assertThat(scrub.code()).as(scrub.text()).isEqualTo(1);
        assertThat(scrub.text()).contains("nothing is stored there; check the path");
        assertThat(scene.runHere("scrub", "-repair-from", "one", scene.fileUrl("two"))
                        .err()
                        .get(0))
                .contains("-repair-from needs a database");
        assertThat(scene.runHere("scrub", "-config", config, "-repair-from", "three", scene.path("app.db"))
                        .text())
                .contains("replica \"three\" not found", "-repair-from one or two");
        assertThat(scene.runHere("verify", "-config", config, "-integrity-check", "some")
                        .text())
                .contains("must be none, quick or full");
    }
}
