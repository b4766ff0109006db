package dev.runnel.testkit.engine;

import static dev.runnel.testkit.engine.CopiedState.copy;
import static dev.runnel.testkit.engine.CopiedState.insert;
import static dev.runnel.testkit.engine.CopiedState.replica;
import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import dev.runnel.verify.Scrubber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that is stopped behind the check of its lease, before its write: what others do meanwhile is not undone. */
class PausedWriterTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private final Path folder;

    PausedWriterTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /** Something happens before the next file of a level is written. */
    private static final class Pausing extends FilterObjectStore {

        private @Nullable Runnable pause;
        private String prefix = "ltx/0/";

        Pausing(ObjectStore delegate) {
            super(delegate);
        }

        @Override
        public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                throws IOException {
            Runnable now = pause;
            if (now != null && key.startsWith(prefix)) {
                pause = null;
                now.run();
            }
            return super.put(key, body, condition, timestamp);
        }
    }

    @Test
    void whatWasWrittenAfterTheLeaseWasLostIsNotTakenForStored() throws IOException, InterruptedException {
        try (EngineRig paused = new EngineRig(Files.createDirectory(folder.resolve("paused"))).dice(1);
                EngineRig successor = new EngineRig(folder.resolve("successor")).dice(2)) {
            Pausing store = new Pausing(paused.store());
            paused.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
            paused.store(store).start();
            paused.sync();
            copy(folder.resolve("paused"), folder.resolve("successor"));
            insert(paused);
            TxId[] theirs = new TxId[1];
            store.pause = () -> {
                successor.store(paused.store()).start();
                insert(successor);
                theirs[0] = successor.sync();
                insert(successor);
                successor.sync();
                successor.pass(HOUR); // it has merged its files by now, and deleted them
                paused.time().advanceTo(paused.time().elapsed() + HOUR.toNanos());
            };
            CompletableFuture<@Nullable TxId> stored = paused.syncing();
            for (int i = 0; i < 60; i++) {
                successor.pass(Duration.ofSeconds(1));
                paused.pass(Duration.ofSeconds(1));
                insert(successor);
                successor.sync();
            }
            assertThat(theirs[0]).as("the transaction that both have").isEqualTo(new TxId(2));
            assertThat(stored).as(paused.reason()).isCompletedExceptionally();
            assertThat(replica(paused).state()).isEqualTo(State.STOPPED); // for it is another database
            successor.assertStored(successor.sync());
        }
    }

    @Test
    void aMergeThatEndsAfterTheLeaseWasLostCostsNothing() throws IOException, InterruptedException {
        try (EngineRig paused = new EngineRig(Files.createDirectory(folder.resolve("paused"))).dice(1);
                EngineRig successor = new EngineRig(folder.resolve("successor")).dice(2)) {
            Pausing store = new Pausing(paused.store());
            store.prefix = "ltx/1/";
            paused.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
            paused.store(store).start();
            paused.sync();
            insert(paused);
            paused.sync();
            copy(folder.resolve("paused"), folder.resolve("successor"));
            store.pause = () -> {
                successor.store(paused.store()).start();
                for (int i = 0; i < 3; i++) {
                    insert(successor);
                    successor.sync();
                }
                successor.pass(Duration.ofMinutes(1)); // it has merged them into level 1, not yet into level 2
                paused.time().advanceTo(paused.time().elapsed() + HOUR.toNanos());
            };
            paused.pass(Duration.ofMinutes(1));
            assertThat(store.pause).as("it was in a merge").isNull();
            paused.pass(Duration.ofSeconds(1));
            List<String> overlapping = successor.keys("ltx/1/");
            successor.kill();
            successor.start();
            for (int i = 0; i < 5; i++) {
                insert(successor);
                successor.assertStored(successor.sync());
                successor.pass(HOUR);
            }
            assertThat(overlapping)
                    .as("that of the one, and of the other")
                    .contains(
                            "ltx/1/0000000000000002-0000000000000002.ltx",
                            "ltx/1/0000000000000002-0000000000000003.ltx");
            ReplicaArchive replica = new ReplicaArchive(paused.store(), ReplicaLayout.files(""));
            assertThat(new Scrubber(replica, key -> {}).scrub().damages()).isEmpty();
        }
    }
}
