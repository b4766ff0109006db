package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testkit.world.SimulatedTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that answers everything but uploads of changes. */
class RefusedUploadTest {

    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    private boolean refuses;
    private int refused;
    private final ObjectStore store =
            new FilterObjectStore(new MemoryObjectStore(new SimulatedTime(Instant.parse("2026-01-01T01:00:00Z")))) {
                @Override
                public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                        throws IOException {
                    if (refuses && key.startsWith("ltx/0/")) {
                        refused++;
                        throw new StorageException(key + ": quota exceeded");
                    }
                    return super.put(key, body, condition, timestamp);
                }
            };

    private final EngineRig rig;

    RefusedUploadTest(@TempDir Path folder) {
        rig = new EngineRig(folder).store(store);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void itIsTriedEverMoreRarelyAndToldAllTheTime() throws IOException {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        rig.start();
        rig.sync();
        refuses = true;
        rig.sql("INSERT INTO t(v) VALUES ('one')");
        rig.pass(A_MINUTE);
        for (int minute = 0; minute < 30; minute++) {
            rig.pass(A_MINUTE);
            assertThat(rig.report().replicas().get(0).state()).isEqualTo(State.FAILING);
            assertThat(rig.reason()).contains("quota exceeded");
        }
        assertThat(refused).isBetween(3, 40);

        refuses = false;
        TxId stored = rig.sync();
        rig.assertStored(stored);
        assertThat(rig.report().replicas().get(0).state()).isEqualTo(State.OK);
    }
}
