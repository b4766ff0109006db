package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.report.Health;
import dev.runnel.report.State;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.testkit.storage.FaultyObjectStore;
import dev.runnel.testkit.storage.StoreOperation;
import dev.runnel.testkit.storage.TrackingObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database to which nobody writes, and a store that goes away meanwhile. */
class IdleProbeTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration A_PROBE = Duration.ofMinutes(11);
    private static final Duration A_FEW_MINUTES = Duration.ofMinutes(3);

    private EngineRig rig;
    private TxId stored = TxId.FIRST;

    @BeforeEach
    void begin(@TempDir Path folder) {
        rig = new EngineRig(folder);
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        rig.start();
        rig.sync();
        rig.sql("INSERT INTO t(v) VALUES ('one')");
        stored = rig.sync();
        rig.pass(HOUR); // merged, deleted, lease given back
        rig.store().reset();
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private State state() {
        return rig.report().replicas().get(0).state();
    }

    @Test
    void costsOneRequestInTenMinutesAndOneInAnHour() {
        rig.pass(HOUR.multipliedBy(2));
        assertThat(rig.store().calls())
                .hasSizeBetween(12, 14)
                .extracting(TrackingObjectStore.Call::operation)
                .containsOnly(StoreOperation.HEAD);
        assertThat(state()).isEqualTo(State.OK);
    }

    @Test
    void aStoreThatIsGoneIsRedUntilItIsBack() throws IOException {
        rig.faults().setState(FaultyObjectStore.State.DOWN);
        rig.pass(A_PROBE);
        assertThat(state()).isEqualTo(State.FAILING);
        assertThat(rig.reason()).contains("the store does not answer");
        assertThat(Health.of(List.of(rig.report()), Health.Limits.DEFAULT, rig.now())
                        .complaints())
                .singleElement()
                .asString()
                .contains("the store does not answer");
        rig.faults().setState(FaultyObjectStore.State.UP);
        rig.pass(A_PROBE);
        assertThat(state()).isEqualTo(State.OK);
        rig.assertStored(stored);
    }

    /** As a rule for the bucket does that deletes what is old: all that is newer is there, and restores to nothing. */
    @Test
    void aSnapshotThatIsGoneIsReplacedThoughFilesAreStoredAllTheTime() throws IOException {
        List<String> snapshots =
                keys().stream().filter(key -> key.startsWith("ltx/9/")).toList();
        assertThat(snapshots).hasSize(1);
        for (int i = 0; i < 30; i++) {
            rig.sql("INSERT INTO t(v) VALUES ('more')");
            rig.sync();
            if (i == 0) {
                rig.store().delete(snapshots);
            }
            rig.pass(A_FEW_MINUTES);
        }
        rig.assertStored(rig.sync());
    }

    @Test
    void aReplicaThatWasDeletedIsMadeAnewBeforeTheNextChange() throws IOException {
        rig.store().delete(keys());
        rig.pass(A_PROBE);
        assertThat(state()).isEqualTo(State.OK);
        rig.assertStored(rig.sync());
    }

    private List<String> keys() throws IOException {
        List<String> keys = new ArrayList<>();
        try (ObjectListing listing = rig.store().list("", null)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                keys.add(entry.key());
            }
        }
        return keys;
    }
}
