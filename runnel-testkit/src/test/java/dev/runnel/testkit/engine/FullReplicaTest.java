package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.report.LeaseStanding;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import dev.runnel.storage.file.FileObjectStore;
import dev.runnel.testkit.volume.SmallVolume;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A replica in files whose disk is full: what retention deletes is what makes room, and it needs the lease for that. */
class FullReplicaTest {

    private final Path folder;
    private DiskScene scene;
    private EngineRig rig;
    private SmallVolume volume;

    FullReplicaTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeEach
    void begin() throws IOException {
        scene = new DiskScene(folder, 16 << 10);
        rig = scene.rig();
        volume = scene.volume();
        rig.state(folder.resolve("state"));
        rig.store(new FileObjectStore(volume.path("replica")));
        scene.startStored();
        for (int day = 0; day < 2; day++) {
            rig.pass(Duration.ofHours(24));
            scene.write(10);
            rig.sync();
        }
        rig.pass(Duration.ofHours(22)); // in two more, the first snapshot is no longer needed
    }

    @AfterEach
    void end() {
        if (scene != null) {
            scene.close();
        }
    }

    private ReplicaReport replica() {
        return rig.report().replicas().get(0);
    }

    @Test
    void theLeaseIsRenewedAndWhatIsDueIsDeleted() throws IOException {
        List<String> before = rig.keys("ltx/9/");
        assertThat(before).hasSizeGreaterThan(1);
        volume.fill();
        scene.write(600); // more than any deletion makes room for
        rig.pass(Duration.ofMinutes(30));
        assertThat(replica().state()).isEqualTo(State.FAILING);
        assertThat(replica().reason()).contains("cannot write object ltx/0/", "No space left", "free space");
        assertThat(replica().lease().whose()).isEqualTo(LeaseStanding.Whose.HELD);
        rig.pass(Duration.ofHours(3));
        assertThat(rig.keys("ltx/9/")).doesNotContain(before.get(0)).contains(before.get(before.size() - 1));
        volume.makeRoom();
        rig.pass(Duration.ofMinutes(10));
        scene.requireStored();
    }

    @Test
    void whatIsDeletedMakesRoomForWhatWaits() throws IOException {
        volume.fill();
        scene.write(20);
        rig.pass(Duration.ofMinutes(30));
        assertThat(replica().state()).isEqualTo(State.FAILING);
        rig.pass(Duration.ofHours(3));
        rig.assertStored(rig.sync());
    }
}
