package dev.runnel.testkit.engine;

import static dev.runnel.testkit.engine.CopiedState.copy;
import static dev.runnel.testkit.engine.CopiedState.insert;
import static dev.runnel.testkit.engine.CopiedState.replica;
import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.report.LeaseStanding;
import dev.runnel.report.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose lease is taken over at once: that of who had the same state directory before, and not that of its original. */
class StateCopyTest {

    private static final Duration LEASE = Duration.ofSeconds(30);

    private final Path folder;
    private EngineRig original;

    StateCopyTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeEach
    void begin() throws IOException {
        original = new EngineRig(Files.createDirectory(folder.resolve("original"))).dice(1);
        original.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        insert(original);
        original.start();
        original.sync();
    }

    @AfterEach
    void end() {
        original.close();
    }

    @Test
    void aCopyOfEverythingWaitsForTheLeaseOfItsOriginal() throws IOException, InterruptedException {
        copy(folder.resolve("original"), folder.resolve("copy"));
        try (EngineRig copy = new EngineRig(folder.resolve("copy"))) {
            copy.dice(2).store(original.store()).start();
            insert(copy);
            for (int i = 0; i < 60; i++) {
                copy.pass(Duration.ofSeconds(1));
                original.pass(Duration.ofSeconds(1));
                insert(original);
                original.sync();
            }
            assertThat(replica(copy).state()).isEqualTo(State.STANDBY);
            assertThat(replica(copy).lease().whose()).isEqualTo(LeaseStanding.Whose.STANDBY);
            assertThat(replica(original).state()).isEqualTo(State.OK);
            assertThat(replica(original).lease().whose()).isEqualTo(LeaseStanding.Whose.HELD);
            original.assertStored(original.sync());
        }
    }

    @Test
    void aKilledEngineIsSucceededAtOnceInTheSameDirectory() throws IOException {
        for (int restart = 2; restart < 5; restart++) {
            original.kill();
            insert(original);
            original.dice(restart).start();
            CompletableFuture<?> stored = original.syncing();
            original.pass(Duration.ofSeconds(2));
            assertThat(stored).as(original.reason()).isCompleted();
        }
        original.assertStored(original.sync());
    }

    /** Its disk may be that of a clone, whose original is alive. */
    @Test
    void aMachineThatWasStartedAnewWaits() throws IOException {
        original.kill();
        Path sessions = original.state().resolve("runnel").resolve("sessions");
        List<String> earlier = Files.readAllLines(sessions, StandardCharsets.UTF_8).stream()
                .map(line -> line.replaceFirst("[0-9a-f]{8}-[0-9a-f]{4}", "00000000-0000"))
                .toList();
        assertThat(earlier).allMatch(line -> line.contains(" 00000000-0000-"));
        Files.write(sessions, earlier, StandardCharsets.UTF_8);
        insert(original);
        original.dice(2).start();
        CompletableFuture<?> stored = original.syncing();
        original.pass(LEASE.minusSeconds(5));
        assertThat(stored).isNotDone();
        assertThat(replica(original).state()).isEqualTo(State.STANDBY);
        original.pass(Duration.ofSeconds(10));
        assertThat(stored).isCompleted();
        original.assertStored(original.sync());
    }
}
