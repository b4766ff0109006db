package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.KeyLayout;
import dev.runnel.Restore;
import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.engine.StateLock;
import dev.runnel.model.TxId;
import dev.runnel.report.LeaseStanding;
import dev.runnel.report.State;
import dev.runnel.restore.NotEnoughSpaceException;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.Restorer;
import dev.runnel.storage.file.FileObjectStore;
import dev.runnel.testkit.storage.FaultyObjectStore;
import dev.runnel.testkit.volume.SmallVolume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Local state on a volume that is small, full, read-only or gone. */
class DiskTest {

    private static final Duration A_WHILE = Duration.ofSeconds(5);
    private static final long LONGEST_WAL = 6L << 20;

    private final Path folder;
    private DiskScene scene;
    private EngineRig rig;
    private SmallVolume volume;

    DiskTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeEach
    void begin() throws IOException {
        scene = new DiskScene(folder, 4096);
        rig = scene.rig();
        volume = scene.volume();
    }

    @AfterEach
    void end() {
        if (scene != null) {
            scene.close();
        }
    }

    @Test
    void aLongOutageFillsTheSpoolAndNoMore() throws IOException {
        rig.maxSpoolBytes(1 << 20).start();
        rig.sync();
        rig.faults().setState(FaultyObjectStore.State.DOWN);
        for (int i = 0; i < 40; i++) {
            scene.write(60);
            rig.pass(Duration.ofSeconds(30));
        }
        assertThat(scene.spooled()).isBetween(1L << 20, (1 << 20) + (256L << 10));
        assertThat(rig.report().state()).isEqualTo(State.BEHIND);
        assertThat(rig.report().reason()).contains("max-spool-bytes", "captured together once a replica takes them");
        assertThat(scene.walSize()).isLessThan(LONGEST_WAL);
        TxId last = new TxId(rig.report().txId());
        rig.faults().setState(FaultyObjectStore.State.UP);
        rig.pass(Duration.ofMinutes(20));
        assertThat(rig.report().replicas().get(0).txId())
                .as("one cut for the rest")
                .isEqualTo(last.value() + 1);
        scene.requireStored();
        assertThat(rig.puts())
                .filteredOn(put -> put.startsWith("ltx/9/"))
                .as("no new snapshot")
                .hasSize(1);
    }

    @Test
    void aRestartInTheOutageCostsAPageDiffAndNoSnapshot() throws IOException {
        rig.maxSpoolBytes(512 << 10).start();
        rig.sync();
        rig.faults().setState(FaultyObjectStore.State.DOWN);
        for (int i = 0; i < 10; i++) {
            scene.write(60);
            rig.pass(Duration.ofSeconds(30));
        }
        rig.kill();
        scene.write(100);
        rig.start();
        rig.pass(Duration.ofMinutes(1));
        rig.faults().setState(FaultyObjectStore.State.UP);
        scene.requireStored();
        assertThat(rig.puts())
                .filteredOn(put -> put.startsWith("ltx/9/"))
                .as("no new snapshot")
                .hasSize(1);
    }

    @Test
    void whatIsStoredGoesFirstWhenTheSpoolIsFull() throws IOException {
        rig.maxSpoolBytes(300 << 10).start();
        for (int i = 0; i < 20; i++) {
            scene.write(60);
            rig.sync();
        }
        assertThat(scene.spooled()).isLessThan(600 << 10);
        scene.requireStored();
    }

    @Test
    void aFullVolumeStopsTheCutsAndNothingElse() throws IOException {
        scene.startStored();
        volume.fill();
        for (int i = 0; i < 30; i++) {
            scene.write(100);
            rig.pass(Duration.ofSeconds(10));
        }
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason())
                .contains("cannot write", rig.state().toString(), "No space left", "make room");
        assertThat(scene.walSize()).as("the WAL does not grow on our account").isLessThan(LONGEST_WAL);
        volume.makeRoom();
        rig.pass(Duration.ofMinutes(1));
        assertThat(rig.report().state()).isEqualTo(State.OK);
        scene.requireStored();
    }

    @Test
    void aVolumeThatIsFullAtEveryPossibleByteHarmsNothing() throws IOException {
        scene.startStored();
        for (int free = 0; free <= 600; free += 60) {
            volume.makeRoom();
            rig.pass(Duration.ofMinutes(10)); // old files go
            volume.resize(Math.toIntExact(volume.used() / 1024 + free));
            scene.write(100);
            rig.pass(A_WHILE);
            scene.write(7);
            rig.pass(Duration.ofMinutes(3));
            volume.resize(4096);
            rig.pass(Duration.ofMinutes(1));
            scene.requireStored();
        }
    }

    @Test
    void aFirstCopyThatDoesNotFitComesWhenThereIsRoom() throws IOException {
        scene.write(2000);
        rig.start();
        rig.pass(Duration.ofMinutes(2));
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason()).contains("cannot write " + rig.state(), "No space left", "make room");
        assertThat(rig.puts()).isEmpty();
        volume.resize(64 << 10);
        scene.requireStored();
    }

    @Test
    void aSnapshotThatDoesNotFitHoldsUpNoCut() throws IOException {
        scene.write(2000);
        volume.resize(64 << 10);
        rig.start();
        rig.sync();
        rig.pass(Duration.ofMinutes(10));
        volume.resize(Math.toIntExact(volume.used() / 1024 + 2048));
        scene.write(20);
        rig.pass(Duration.ofHours(25)); // a snapshot is due
        scene.write(30);
        TxId txId = rig.sync();
        rig.assertStored(txId);
        volume.resize(64 << 10);
        rig.pass(Duration.ofMinutes(5));
        scene.write(3);
        scene.requireStored();
        assertThat(rig.puts())
                .filteredOn(put -> put.startsWith("ltx/9/"))
                .as("both snapshots")
                .hasSize(2);
    }

    @Test
    void aReadOnlyStateDirectoryIsSaidAndWaitedFor() throws IOException {
        scene.startStored();
        volume.readOnly(true);
        scene.write(40);
        rig.pass(Duration.ofMinutes(2));
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason()).contains(rig.state().toString(), "Read-only file system");
        volume.readOnly(false);
        rig.pass(Duration.ofMinutes(1));
        scene.requireStored();
    }

    @Test
    void aReadOnlyStateDirectoryAtTheStartNamesTheRemedy() throws IOException {
        volume.readOnly(true);
        rig.start();
        rig.pass(A_WHILE);
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason()).contains(rig.state().toString(), "make it writable", "name another one");
        volume.readOnly(false);
        rig.pass(A_WHILE);
        scene.requireStored();
    }

    @Test
    void aDeletedStateDirectoryIsMadeAnew() throws IOException {
        scene.startStored();
        for (int i = 0; i < 5; i++) {
            EngineRig.deleteTree(rig.state());
            scene.write(20 + i);
            rig.pass(A_WHILE);
            scene.requireStored();
        }
        rig.faults().setState(FaultyObjectStore.State.DOWN);
        scene.write(30);
        rig.pass(A_WHILE);
        EngineRig.deleteTree(rig.state()); // with what is not stored yet
        rig.faults().setState(FaultyObjectStore.State.UP);
        rig.pass(Duration.ofMinutes(20));
        scene.requireStored();
        rig.kill();
        scene.write(10);
        rig.start();
        scene.requireStored();
    }

    @Test
    void aFullFileReplicaTakesTheRestWhenThereIsRoom() throws IOException {
        rig.state(folder.resolve("state"));
        rig.store(new FileObjectStore(volume.path("replica")));
        scene.startStored();
        volume.fill();
        for (int i = 0; i < 5; i++) {
            scene.write(100);
            rig.pass(Duration.ofSeconds(40));
        }
        assertThat(rig.report().replicas().get(0).state()).isEqualTo(State.FAILING);
        assertThat(rig.report().replicas().get(0).reason()).contains("No space left");
        assertThat(rig.report().state()).isEqualTo(State.OK);
        volume.makeRoom();
        volume.resize(16 << 10);
        rig.pass(Duration.ofMinutes(10));
        scene.requireStored();
    }

    @Test
    void aStateDirectoryDeletedUnderAnIdleEngineIsLockedAgain() throws IOException {
        scene.startStored();
        EngineRig.deleteTree(rig.state());
        rig.pass(Duration.ofMinutes(1)); // nothing is written meanwhile
        assertThatThrownBy(() -> new StateLock(rig.state()).acquire()).hasMessageContaining("in use by another");
        assertThat(rig.report().state()).isEqualTo(State.OK);
        scene.write(10);
        scene.requireStored();
    }

    @Test
    void whoLostItsStateDirectoryToAnotherStopsAndComesBack() throws IOException {
        scene.startStored();
        EngineRig.deleteTree(rig.state());
        StateLock other = new StateLock(rig.state());
        assertThat(other.acquire()).isTrue();
        scene.write(10);
        rig.pass(A_WHILE);
        assertThat(rig.report().state()).isEqualTo(State.FAILING);
        assertThat(rig.report().reason()).contains(rig.state().toString(), "another Runnel process", "stop");
        assertThat(rig.state().resolve("ltx"))
                .as("nothing is written into another's directory")
                .doesNotExist();
        assertThat(rig.report().replicas().get(0).lease().whose())
                .as("who has the directory waits for the lease")
                .isEqualTo(LeaseStanding.Whose.FREE);
        other.release();
        rig.pass(Duration.ofMinutes(1));
        scene.requireStored();
    }

    @Test
    void anotherThatCameAndWentIsNotTakenForUs() throws IOException {
        scene.startStored();
        EngineRig.deleteTree(rig.state());
        StateLock other = new StateLock(rig.state());
        other.acquire();
        other.release();
        scene.write(10);
        rig.pass(Duration.ofMinutes(1));
        scene.requireStored();
        assertThatThrownBy(() -> new StateLock(rig.state()).acquire()).hasMessageContaining("in use by another");
    }

    /** There was room when the restore looked. */
    @Test
    void aRestoreOntoADiskThatFillsUpLeavesNothingAndSucceedsLater() throws IOException {
        rig.state(folder.resolve("state")).start();
        scene.write(600);
        TxId txId = rig.sync();
        Path target = volume.path("restored.db");
        ReplicaArchive archive = new ReplicaArchive(rig.store(), ReplicaLayout.files(""));
        archive.load();
        RestoreOptions options = RestoreOptions.defaults()
                .withParallelism(1)
                .withSegmentBytes(64 << 10)
                .withProgress((done, total) -> {
                    try {
                        volume.fill(); // somebody else, once a part is written
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        Backoff backoff = new Backoff(A_WHILE, A_WHILE, new Random(1));
        assertThatThrownBy(() -> new Restorer(archive, options, backoff).restore(RestoreTarget.at(txId), target))
                .isInstanceOf(NotEnoughSpaceException.class)
                .hasMessageContaining(target.toString())
                .hasMessageContaining("its disk is full (No space left on device)")
                .hasMessageContaining("-o");
        assertThat(target.getParent()).isDirectoryNotContaining("glob:**restored.db*");
        volume.makeRoom();
        Restore.from(rig.store(), "", KeyLayout.FILES).at(txId).to(target);
        assertThat(SqliteSession.once(target, ".dump")).isEqualTo(SqliteSession.once(rig.database(), ".dump"));
    }
}
