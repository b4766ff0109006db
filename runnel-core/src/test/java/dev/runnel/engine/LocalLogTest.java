package dev.runnel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.archive.SampleReplica;
import dev.runnel.capture.StateDirectory;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalLogTest {

    private static final ReplicaLayout LAYOUT = ReplicaLayout.files("");

    private final MemoryObjectStore store = new MemoryObjectStore(SampleReplica.FIXED_TIME);
    private final ReplicaArchive theirs = new ReplicaArchive(store, LAYOUT);

    /**
     * A replica was away while local state was lost: what it holds was captured a second time, and differently, under the
     * same numbers. Merging ours in the place of its own would break its chain.
     */
    @Test
    void aFileOfAnotherHistoryIsNoCopyThoughNameAndLengthAreTheSame(@TempDir Path directory) throws IOException {
        LtxFile away = secondCut(theirs, 1, Duration.ZERO);
        ReplicaArchive ours = theirs;
        LtxFile cut = away;
        for (long seed = 2; ours == theirs || cut.size() != away.size(); seed++) {
            ours = new ReplicaArchive(new MemoryObjectStore(SampleReplica.FIXED_TIME), LAYOUT);
            cut = secondCut(ours, seed, Duration.ofMillis(1));
        }
        assertThat(away.txIds()).isEqualTo(cut.txIds());
        StateDirectory state = new StateDirectory(directory);
        state.open();
        try (InputStream in = ours.open(cut)) {
            Files.copy(in, state.level0File(cut.txIds()));
        }
        LocalLog log = new LocalLog(state);
        log.load();

        try (InputStream copy = log.copiesOf(ours).open(cut)) {
            assertThat(copy).isNotNull();
        }
        assertThat(log.copiesOf(theirs).open(away)).isNull();
        ReplicaArchive listed = new ReplicaArchive(store, LAYOUT);
        assertThat(log.copiesOf(listed).open(listed.load().files(Level.L0).get(0)))
                .isNull();
    }

    @Test
    void whatWasCutWhileAClockWasWrongKeepsNothing(@TempDir Path directory) throws IOException {
        StateDirectory state = new StateDirectory(directory);
        state.open();
        SampleReplica replica = new SampleReplica(theirs, 1024, new Random(1), true);
        replica.cut(1, Level.SNAPSHOT);
        for (int hours : new int[] {1, 100, 1, -100, 1, 1}) {
            replica.pass(Duration.ofHours(hours));
            LtxFile cut = replica.cut(1, Level.L0);
            try (InputStream in = theirs.open(cut)) {
                Files.copy(in, state.level0File(cut.txIds()));
            }
        }
        LocalLog log = new LocalLog(state);
        log.load();
        log.prune(new TxId(5), replica.now());
        assertThat(log.all()).extracting(entry -> entry.range().max()).containsExactly(new TxId(6), new TxId(7));
    }

    private static LtxFile secondCut(ReplicaArchive archive, long seed, Duration later) throws IOException {
        SampleReplica replica = new SampleReplica(archive, 1024, new Random(seed), true);
        replica.cut(1, Level.SNAPSHOT);
        replica.pass(later);
        return replica.cut(1, Level.L0);
    }
}
