package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.engine.OnDivergence;
import dev.runnel.report.State;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testkit.world.SimulatedTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store without conditional writes, where no lease can be. */
class UnfencedTest {

    private final Set<String> seen = new HashSet<>();
    private final List<String> overwritten = new ArrayList<>();
    private final ObjectStore store =
            new FilterObjectStore(new MemoryObjectStore(new SimulatedTime(Instant.parse("2026-01-01T01:00:00Z")))) {
                @Override
                public boolean supportsConditions() {
                    return false;
                }

                @Override
                public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                        throws IOException {
                    if (condition.isIfAbsent() || condition.etag() != null) {
                        throw new UnsupportedOperationException("this store has no conditions: " + key);
                    }
                    if (!seen.add(key)) {
                        overwritten.add(key);
                    }
                    return super.put(key, body, condition, timestamp);
                }
            };

    private final EngineRig one;
    private final EngineRig two;

    UnfencedTest(@TempDir Path folder) throws IOException {
        one = new EngineRig(Files.createDirectory(folder.resolve("one"))).store(store);
        two = new EngineRig(Files.createDirectory(folder.resolve("two"))).store(store);
    }

    @AfterEach
    void end() {
        one.close();
        two.close();
    }

    private static void insert(EngineRig rig) {
        rig.sql("INSERT INTO t(v) VALUES (hex(randomblob(50)))");
    }

    @Test
    void itIsSaidAndTwoEnginesAreFoundOutBeforeAnythingIsOverwritten() throws IOException {
        one.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        insert(one);
        Files.copy(one.database(), two.database());
        one.start();
        one.sync();
        insert(one);
        one.sync();
        assertThat(one.report().replicas().get(0).lease().text()).contains("no conditional writes", "cannot fence");
        assertThat(one.report().replicas().get(0).state()).isEqualTo(State.OK);

        insert(two);
        two.onDivergence(OnDivergence.CONTINUE).start();
        two.sync();
        assertThat(overwritten).isEmpty();

        insert(one);
        one.pass(Duration.ofMinutes(1));
        assertThat(one.report().replicas().get(0).state()).isEqualTo(State.STOPPED);
        assertThat(one.report().replicas().get(0).reason())
                .contains("another writer's file is there", "nothing was overwritten", "Stop the other writer");
        assertThat(overwritten).isEmpty();
        insert(two);
        two.assertStored(two.sync());
    }
}
