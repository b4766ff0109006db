package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.TxId;
import dev.runnel.report.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that rests, of which one read of its WAL-index is all that a heartbeat does. */
class IdleTest {

    private final EngineRig rig;

    IdleTest(@TempDir Path folder) {
        rig = new EngineRig(folder);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /** A heartbeat looks at the clock, and in that instant somebody asks for a barrier. */
    @Test
    void aCallInTheMiddleOfAHeartbeatIsNotLost() throws IOException {
        TxId stored = rest();
        List<CompletableFuture<@Nullable TxId>> barriers = new ArrayList<>();
        rig.time().onTiming(() -> {
            if (barriers.isEmpty()) {
                barriers.add(rig.syncing());
            }
        });
        rig.pass(Duration.ofSeconds(2));
        assertThat(barriers)
                .singleElement()
                .satisfies(barrier -> assertThat(barrier).isCompletedWithValue(stored));
    }

    /** Where much else is written beside it, events have gaps; no commit waits for the heartbeat because of that. */
    @Test
    void aCommitInAGapOfTheEventsIsSeenBehindIt() throws IOException {
        TxId stored = rest();
        rig.sql("INSERT INTO t VALUES(1)");
        rig.events().gap();
        rig.pass(Duration.ofMillis(20));
        assertThat(rig.report().txId()).isEqualTo(stored.value() + 1);
    }

    /** Of which the WAL-index tells nothing. */
    @Test
    void anotherFileInItsPlaceIsSeenBehindTheGap() throws IOException {
        Path other = rig.database().resolveSibling("other.db");
        SqliteSession.once(other, "CREATE TABLE t(v)");
        rest();
        Files.move(other, rig.database(), StandardCopyOption.REPLACE_EXISTING);
        rig.events().gap();
        rig.pass(Duration.ofMillis(20));
        assertThat(rig.report().state()).as(rig.reason()).isNotEqualTo(State.OK);
    }

    private TxId rest() {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE t(v)");
        rig.start();
        TxId stored = rig.sync();
        rig.pass(Duration.ofMillis(605_300)); // a whole look comes every 20 s
        return stored;
    }
}
