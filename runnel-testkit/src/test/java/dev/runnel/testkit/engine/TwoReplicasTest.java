package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.report.ReplicaReport;
import dev.runnel.report.State;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.storage.FaultPlan;
import dev.runnel.testkit.storage.FaultyObjectStore;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two replicas of one database, of which one holds another history than the other. */
class TwoReplicasTest {

    private static final Duration A_WHILE = Duration.ofSeconds(30);

    private final EngineRig rig;
    private final EngineRig elsewhere;
    private final FaultyObjectStore first;
    private final FaultyObjectStore second;
    /** Runs once, behind the next upload of a changeset to the first replica and before its answer. */
    private @Nullable Runnable whenStored;

    TwoReplicasTest(@TempDir Path folder) throws IOException {
        rig = new EngineRig(Files.createDirectory(folder.resolve("here")));
        elsewhere = new EngineRig(Files.createDirectory(folder.resolve("elsewhere")));
        first = rig.faults();
        rig.store(new FilterObjectStore(rig.store()) {
            @Override
            public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                    throws IOException {
                ObjectEntry stored = super.put(key, body, condition, timestamp);
                Runnable action = whenStored;
                if (action != null && key.startsWith("ltx/0/")) {
                    whenStored = null;
                    action.run();
                }
                return stored;
            }
        });
        second = new FaultyObjectStore(rig.anotherStore(), 2, FaultPlan.none());
    }

    @AfterEach
    void end() {
        rig.close();
        elsewhere.close();
    }

    private static void insert(EngineRig in) {
        in.sql("INSERT INTO users(name) VALUES (hex(randomblob(200)))");
    }

    private static void create(EngineRig in, String table) {
        in.sql("PRAGMA journal_mode=wal", "CREATE TABLE " + table + "(id INTEGER PRIMARY KEY, name TEXT)");
    }

    private ReplicaReport secondReport() {
        return rig.report().replicas().get(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anotherApplicationsReplicaIsLeftAloneAlsoWithoutLocalState(boolean stateLost) throws IOException {
        elsewhere.store(second);
        create(elsewhere, "planets");
        elsewhere.start();
        TxId theirs = elsewhere.sync();
        String planets = elsewhere.sql(".dump");
        elsewhere.stop();
        create(rig, "users");
        insert(rig);
        rig.start();
        for (int i = 0; i < 4; i++) {
            insert(rig);
            rig.sync();
        }
        rig.stop();
        if (stateLost) {
            rig.loseState();
        }
        rig.second(second).start();
        rig.pass(A_WHILE);
        assertThat(secondReport().state()).isEqualTo(State.STOPPED);
        assertThat(secondReport().reason()).contains("holds another database", "another replica path");
        assertThat(elsewhere.keys("ltx/")).hasSize(1);
        assertThat(SqliteSession.once(elsewhere.restore(theirs), ".dump")).isEqualTo(planets);
        insert(rig);
        rig.pass(A_WHILE);
        assertThat(SqliteSession.once(rig.restore(new TxId(rig.report().txId())), ".dump"))
                .isEqualTo(rig.sql(".dump"));
    }

    /** Files of Litestream have no proof of which database they are; of the same number is not the same. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReplicaOfLitestreamOfAnotherApplicationIsLeftAlone(boolean stateLost) throws IOException {
        create(rig, "users");
        insert(rig);
        rig.start();
        for (int i = 0; i < (stateLost ? 6 : 8); i++) {
            insert(rig);
            rig.sync();
        }
        rig.stop();
        // Level 0 is short-lived, and so are the first snapshots: no file of the two has one name.
        Files.delete(rig.state().resolve("ltx/0/0000000000000001-0000000000000001.ltx"));
        Path fixture = Path.of(System.getProperty("runnel.fixtures"), "litestream-0.5-4k", "replica");
        for (String folder : List.of("ltx/1", "ltx/2", "ltx/9")) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(fixture.resolve(folder), "*.ltx")) {
                for (Path file : files) {
                    String key = folder + "/" + file.getFileName();
                    if (!key.startsWith("ltx/9/0000000000000001-0000000000000001")) {
                        second.put(key, ObjectBody.of(Files.readAllBytes(file)), PutCondition.any(), null);
                    }
                }
            }
        }
        List<String> before = elsewhere.store(second).keys("ltx/");
        if (stateLost) {
            rig.loseState();
            rig.second(new FilterObjectStore(second) {
                @Override
                public String describe() {
                    return "another place";
                }
            });
            rig.start();
        } else {
            rig.store(second).start();
        }
        rig.pass(A_WHILE);
        insert(rig);
        rig.pass(A_WHILE);
        ReplicaReport theirs = rig.report().replicas().get(stateLost ? 1 : 0);
        assertThat(elsewhere.keys("ltx/")).isEqualTo(before);
        assertThat(theirs.state()).isEqualTo(State.STOPPED);
        assertThat(theirs.reason()).contains("holds another database");
    }

    /** A replica that was away while local state was lost gets a snapshot. */
    @Test
    void anotherHistoryOfThisDatabaseIsFollowedWithoutLocalState() throws IOException {
        create(rig, "users");
        insert(rig);
        Files.copy(rig.database(), elsewhere.database());
        rig.start();
        for (int i = 0; i < 4; i++) {
            insert(rig);
            rig.sync();
        }
        rig.stop();
        insert(elsewhere);
        elsewhere.store(second).start();
        elsewhere.sync();
        elsewhere.stop();
        rig.loseState();
        rig.second(second).start();
        rig.assertStored(rig.sync());
        assertStoredInSecond(rig.sync());
    }

    private void assertStoredInSecond(TxId txId) throws IOException {
        assertThat(SqliteSession.once(rig.restore(second, txId), ".dump")).isEqualTo(rig.sql(".dump"));
    }

    /** Cut off from the second replica, which a successor wrote meanwhile; back while files go to the first. */
    @Test
    void filesOfAHistoryThatIsAdoptedMeanwhileAreNotUploadedOnTopOfAnother() throws IOException {
        create(rig, "users");
        insert(rig);
        rig.second(second).start();
        rig.sync();
        Files.copy(rig.database(), elsewhere.database());
        second.setState(FaultyObjectStore.State.DOWN);
        first.setState(FaultyObjectStore.State.DOWN);
        for (int i = 0; i < 3; i++) {
            insert(rig);
            rig.pass(A_WHILE);
        }
        assertThat(rig.report().txId()).isEqualTo(4);

        second.setState(FaultyObjectStore.State.UP);
        elsewhere.store(second).start();
        elsewhere.pass(Duration.ofMinutes(5));
        insert(elsewhere);
        assertThat(elsewhere.sync()).isEqualTo(new TxId(2));
        elsewhere.stop();
        second.setState(FaultyObjectStore.State.DOWN);

        whenStored = () -> {
            second.setState(FaultyObjectStore.State.UP);
            rig.pass(Duration.ofMinutes(10));
        };
        first.setState(FaultyObjectStore.State.UP);
        rig.pass(Duration.ofMinutes(10));
        assertThat(whenStored).as("there was an upload").isNull();
        TxId txId = rig.sync();
        assertStoredInSecond(txId);
        rig.assertStored(txId);
    }

    /** What fails behind the upload of a snapshot must not have it taken again and again. */
    @Test
    void aSnapshotThatSeparatesTwoHistoriesIsTakenOnceAlsoWhenItsPageMapIsNotStored() throws IOException {
        ObjectStore usual = rig.store();
        create(rig, "users");
        insert(rig);
        rig.second(second).start();
        rig.sync();
        rig.stop();
        goOnAlone(second, 1);
        goOnAlone(usual, 2);

        boolean[] failed = {false};
        rig.store(usual).second(new FilterObjectStore(second) {
            @Override
            public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                    throws IOException {
                if (key.startsWith("pages/") && !failed[0]) {
                    failed[0] = true;
                    throw new TransientStorageException(key + ": not stored");
                }
                return super.put(key, body, condition, timestamp);
            }
        });
        rig.start();
        TxId txId = rig.sync();
        assertThat(failed[0]).isTrue();
        rig.pass(A_WHILE);
        assertThat(secondReport().state()).as(rig.reason()).isEqualTo(State.OK);
        assertThat(SqliteSession.once(rig.restore(second, txId), ".dump")).isEqualTo(rig.sql(".dump"));
    }

    private void goOnAlone(ObjectStore store, int transactions) throws IOException {
        rig.loseState();
        rig.store(store).second(null).start();
        for (int i = 0; i < transactions; i++) {
            insert(rig);
            rig.sync();
        }
        rig.stop();
    }
}
