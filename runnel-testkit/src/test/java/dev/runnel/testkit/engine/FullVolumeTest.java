package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import dev.runnel.report.Verification;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.file.FileObjectStore;
import dev.runnel.testkit.volume.SmallVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume that is full for exactly one of the files that an engine writes beside its cuts. */
class FullVolumeTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private final Path folder;
    private final LogLines log = new LogLines();
    private DiskScene scene;
    private EngineRig rig;
    private SmallVolume volume;

    FullVolumeTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeEach
    void begin() throws IOException {
        scene = new DiskScene(folder, 16 << 10);
        rig = scene.rig();
        volume = scene.volume();
    }

    @AfterEach
    void end() {
        log.close();
        if (scene != null) {
            scene.close();
        }
    }

    private ReplicaReport replica() {
        return rig.report().replicas().get(0);
    }

    private Stream<String> stored(String prefix) {
        return rig.puts().stream().filter(put -> put.startsWith(prefix));
    }

    /** Cuts of other pages each, together more bytes than a merge spools in memory. */
    private void cutMoreThanFitsInMemory() {
        for (int i = 0; i < 10; i++) {
            scene.append(50);
            rig.sync();
        }
    }

    @Test
    void aMergeThatCannotBeSpooledIsToldAndHoldsUpNoCut() throws IOException {
        scene.startStored();
        cutMoreThanFitsInMemory();
        volume.leave(700);
        rig.pass(Duration.ofMinutes(2));

        assertThat(replica().state()).isEqualTo(State.FAILING);
        assertThat(replica().reason())
                .contains("cannot write " + rig.state(), "compact-", "No space left", "make room");
        assertThat(stored("ltx/1/")).isEmpty();
        assertThat(scene.filesMatching(".*compact-.*")).as("no half spool").isEmpty();
        scene.write(20);
        rig.assertStored(rig.sync());

        volume.resize(16 << 10);
        rig.pass(Duration.ofMinutes(10));
        assertThat(stored("ltx/1/")).isNotEmpty();
        assertThat(replica().state()).isEqualTo(State.OK);
        scene.requireStored();
    }

    /** Otherwise a replica grows for as long as the local disk is full. */
    @Test
    void retentionGoesOnWhileAMergeCannotBeSpooled() throws IOException {
        scene.startStored();
        for (int day = 0; day < 2; day++) {
            rig.pass(Duration.ofHours(24));
            scene.write(10);
            rig.sync();
        }
        rig.pass(HOUR);
        List<String> before = rig.keys("ltx/9/");
        assertThat(before).hasSizeGreaterThan(1);
        cutMoreThanFitsInMemory();
        volume.fill();
        rig.pass(Duration.ofHours(30));
        assertThat(replica().reason()).contains("compact-", "No space left");
        assertThat(rig.keys("ltx/9/")).doesNotContain(before.get(0)).contains(before.get(before.size() - 1));
    }

    /** It is what lets merging pass over the damage. */
    @Test
    void aSnapshotComesInTimeAlthoughADamagedFileCannotBeMerged() throws IOException {
        scene.startStored();
        scene.write(20);
        TxId damaged = rig.sync();
        String key = "ltx/0/" + damaged + "-" + damaged + ".ltx";
        byte[] bytes = Files.readAllBytes(rig.state().resolve(key));
        Arrays.fill(bytes, bytes.length / 2, bytes.length / 2 + 2000, (byte) 1);
        rig.store().put(key, ObjectBody.of(bytes), PutCondition.any(), null);
        Files.delete(rig.state().resolve(key));
        rig.pass(Duration.ofMinutes(2));
        assertThat(replica().state()).isEqualTo(State.FAILING);
        rig.pass(Duration.ofHours(25));
        assertThat(stored("ltx/9/")).hasSize(2);
        scene.requireStored();
        assertThat(replica().state()).as(rig.reason()).isEqualTo(State.OK);
    }

    @Test
    void aVerificationThatCannotBeKeptHasItsVerdictAndItsReceipt() throws IOException {
        rig.verifyEvery(HOUR);
        scene.startStored();
        rig.pass(Duration.ofMinutes(50)); // verified for the first time, and nearly for the second
        scene.write(60);
        TxId newest = scene.requireStored();
        volume.fill();
        rig.pass(Duration.ofMinutes(20));

        Verification verification = Objects.requireNonNull(replica().verification());
        assertThat(Objects.requireNonNull(verification.good()).txId()).isEqualTo(newest.value());
        assertThat(stored("receipts/" + newest)).isNotEmpty();
        assertThat(log.all())
                .anyMatch(line -> line.contains("cannot write")
                        && line.contains("verified-r.map")
                        && line.contains("No space left")
                        && line.contains("make room"));
        assertThat(scene.filesMatching(".*/verified-r.*\\.tmp")).isEmpty();

        volume.makeRoom();
        scene.write(5);
        rig.sync();
        rig.pass(Duration.ofMinutes(70));
        assertThat(scene.filesMatching(".*/verified-r\\.map")).hasSize(1);
        rig.kill();
        rig.start();
        rig.pass(HOUR.multipliedBy(2));
        assertThat(Objects.requireNonNull(replica().verification()).failure()).isNull();
        scene.requireStored();
    }

    @Test
    void aReceiptThatDoesNotFitInTheReplicaIsStoredWhenThereIsRoom() throws IOException {
        rig.state(folder.resolve("state"));
        rig.store(new FileObjectStore(volume.path("replica"))).verifyEvery(HOUR);
        scene.startStored();
        rig.pass(Duration.ofMinutes(50)); // verified for the first time, and nearly for the second
        scene.write(60);
        TxId newest = scene.requireStored();
        volume.fill();
        rig.pass(Duration.ofMinutes(20));

        Verification verification = Objects.requireNonNull(replica().verification());
        assertThat(Objects.requireNonNull(verification.good()).txId()).isEqualTo(newest.value());
        assertThat(scene.filesMatching(".*/receipts/" + newest + ".*"))
                .as("no half receipt")
                .isEmpty();
        assertThat(log.all())
                .as("told once")
                .filteredOn(line -> line.contains("receipts/" + newest)
                        && line.contains("No space left")
                        && line.contains("free space"))
                .hasSize(1);

        volume.makeRoom();
        rig.pass(Duration.ofMinutes(6)); // long before the next verification
        assertThat(scene.filesMatching(".*/receipts/" + newest + "-.*\\.json")).hasSize(1);
        assertThat(scene.filesMatching(".*[0-9]\\.tmp")).isEmpty();
        scene.requireStored();
    }

    @Test
    void aFullVolumeAtTheStartIsToldAndTheEngineBeginsWhenThereIsRoom() throws IOException {
        volume.fill();
        rig.start();
        scene.write(50);
        rig.pass(Duration.ofMinutes(1));

        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason()).contains(rig.state().toString(), "No space left", "make room");
        assertThat(rig.puts()).isEmpty();

        volume.makeRoom();
        rig.pass(Duration.ofMinutes(1));
        scene.requireStored();
        assertThat(scene.filesMatching(".*/runnel/sessions")).hasSize(1);
    }

    /** Who comes next would otherwise wait for the lease of an engine that is gone. */
    @Test
    void theSessionIsRecordedLaterInADirectoryMadeAnewOnAFullVolume() throws IOException {
        scene.startStored();
        EngineRig.deleteTree(rig.state());
        volume.fill();
        scene.write(5);
        rig.pass(Duration.ofMinutes(1));
        assertThat(rig.report().reason()).contains(rig.state().toString(), "No space left", "make room");
        volume.makeRoom();
        scene.requireStored();
        assertThat(scene.filesMatching(".*/runnel/sessions")).hasSize(1);
    }
}
