package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.restore.Follower;
import dev.runnel.restore.NotEnoughSpaceException;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.Restorer;
import dev.runnel.testkit.volume.SmallVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy that is followed on a volume that is full for each of the files beside it in turn. */
class FollowerDiskTest {

    private static final int ROOM = 32 << 10;

    private final Path folder;
    private DiskScene scene;
    private EngineRig rig;
    private SmallVolume volume;
    private Path copy;

    FollowerDiskTest(@TempDir Path folder) {
        this.folder = folder;
        this.copy = folder;
    }

    @BeforeEach
    void begin() throws IOException {
        scene = new DiskScene(folder, ROOM);
        rig = scene.rig();
        rig.state(folder.resolve("state"));
        volume = scene.volume();
        copy = volume.path("copy.db");
        scene.startStored();
    }

    @AfterEach
    void end() {
        if (scene != null) {
            scene.close();
        }
    }

    private ReplicaArchive archive() throws IOException {
        ReplicaArchive archive = new ReplicaArchive(rig.store(), ReplicaLayout.files(""));
        archive.load();
        return archive;
    }

    private void beginCopy() throws IOException {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(1), new Random(1));
        Follower.begin(new Restorer(archive(), RestoreOptions.defaults().withParallelism(1), backoff), copy, false);
    }

    /** As a process does that goes on: SQLite first rolls back what was left half done. */
    private void follow() throws IOException {
        SqliteSession.once(copy, "SELECT count(*) FROM sqlite_schema");
        try (Follower follower = Follower.resume(archive(), copy, new Random(1)::nextInt)) {
            assertThat(follower.advance(pause -> true)).isTrue();
        }
    }

    private String copied() {
        return SqliteSession.once(copy, "PRAGMA integrity_check", ".dump");
    }

    private Stream<String> beside() throws IOException {
        try (Stream<Path> files = Files.list(copy.getParent())) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }

    @Test
    void aCopyIsWholeHoweverFullItsDiskIsAndGoesOnWhenThereIsRoom() throws IOException {
        beginCopy();
        int early = 0;
        int inTheMiddle = 0;
        for (int free = 0; free <= 800; free += 40) {
            scene.write(10);
            scene.append(60);
            rig.sync();
            String before = copied();
            volume.leave(free);
            boolean applied = false;
            try {
                follow();
                applied = true;
            } catch (NotEnoughSpaceException e) {
                assertThat(e)
                        .hasMessageContaining(copy.toString())
                        .hasMessageContaining("No space left")
                        .hasMessageContaining("free some space");
                boolean journal = Files.exists(copy.resolveSibling("copy.db-journal"));
                early += journal ? 0 : 1;
                inTheMiddle += journal ? 1 : 0;
            }
            if (!applied) {
                assertThat(copied()).as("for readers, %d KB free", free).isEqualTo(before);
                assertThat(beside()).containsExactlyInAnyOrder("copy.db", "copy.db-follow", "copy.db-txid");
            }
            volume.resize(ROOM);
            follow();
            assertThat(SqliteSession.once(copy, ".dump")).isEqualTo(SqliteSession.once(rig.database(), ".dump"));
        }
        assertThat(early).as("full for changes or journal").isPositive();
        assertThat(inTheMiddle).as("full for pages").isPositive();
    }

    @Test
    void aCopyThatCannotBeBegunLeavesNothing() throws IOException {
        int failures = 0;
        for (int free = 4; !Follower.canResume(copy); free += 4) {
            volume.leave(free);
            try {
                beginCopy();
            } catch (NotEnoughSpaceException e) {
                failures++;
                assertThat(e).hasMessageContaining(copy.toString()).hasMessageContaining("free some");
                assertThat(beside()).as("%d KB free", free).isEmpty();
            }
        }
        assertThat(failures).isGreaterThan(10);
        volume.resize(ROOM);
        scene.write(60);
        rig.sync();
        follow();
        assertThat(SqliteSession.once(copy, ".dump")).isEqualTo(SqliteSession.once(rig.database(), ".dump"));
    }

    /** It is written last, and is there for people: the next that follows puts it right. */
    @Test
    void theTransactionBesideACopyIsPutRight() throws IOException {
        beginCopy();
        Path txId = copy.resolveSibling("copy.db-txid");
        String right = Files.readString(txId);
        Files.delete(txId);
        follow();
        assertThat(txId).hasContent(right);
    }

    /** What is replaced with force stays as it was until all that takes room is written. */
    @Test
    void aCopyThatCannotBeBegunAnewStaysAsItWas() throws IOException {
        beginCopy();
        String before = copied();
        scene.write(70);
        rig.sync();
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(1), new Random(1));
        Restorer restorer = new Restorer(archive(), RestoreOptions.defaults().withForce(true), backoff);
        int failures = 0;
        boolean begun = false;
        for (int free = 240; !begun; free += 4) {
            volume.leave(free);
            try {
                Follower.begin(restorer, copy, true);
                begun = true;
            } catch (NotEnoughSpaceException e) {
                failures++;
                assertThat(copied()).as("%d KB free", free).isEqualTo(before);
                assertThatThrownBy(() -> follow()).isInstanceOf(NotEnoughSpaceException.class);
            }
        }
        assertThat(failures).isPositive();
        volume.resize(ROOM);
        follow();
        assertThat(SqliteSession.once(copy, ".dump")).isEqualTo(SqliteSession.once(rig.database(), ".dump"));
    }
}
