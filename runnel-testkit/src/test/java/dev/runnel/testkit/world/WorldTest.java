package dev.runnel.testkit.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.runnel.testkit.storage.Fault;
import dev.runnel.testkit.storage.FaultyObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorldTest {

    private static final int DEFAULT_SEEDS = 200;

    @Test
    void whatIsStoredIsWhatTheDatabaseWas(@TempDir Path directory) throws IOException {
        Coverage coverage = Worlds.run(directory, DEFAULT_SEEDS, (seed, applications, place, reached) -> {
            World world = new World(seed, applications, place, reached);
            return new Worlds.Story() {
                @Override
                public void run() {
                    world.run();
                }

                @Override
                public void close() throws IOException {
                    world.close();
                }
            };
        });
        assertThat(coverage.of("counter.reconciles_commits_miscounted")).isZero();
        assertThat(coverage.of("counter.reconciles_chain_broken")).isZero();
        assumeThat(Seeds.areDefault()).isTrue();
        assertThat(coverage.missing(wanted()))
                .as("not reached by any seed; reached:%n%s", coverage)
                .isEmpty();
    }

    private static List<String> wanted() {
        List<String> wanted = new ArrayList<>(List.of(
                "counter.cuts",
                "counter.reconciles_no_position",
                "counter.reconciles_wal_changed_unseen",
                "counter.resets_followed",
                "counter.swaps",
                "deed.KILL.inTransaction",
                "killed.CLOCK",
                "killed.FILE",
                "killed.STORE",
                "stop.clean",
                "store.awayForADay",
                "verify.barrier",
                "verify.instant",
                "verify.known",
                "verify.past"));
        for (Deed deed : Deed.values()) {
            wanted.add("deed." + deed);
        }
        for (WorldEvent event : WorldEvent.values()) {
            wanted.add("event." + event);
        }
        for (String mode : List.of("PASSIVE", "FULL", "RESTART", "TRUNCATE")) {
            wanted.add("checkpoint." + mode + ".done");
        }
        for (Fault fault : Fault.values()) {
            // A delete of several files, which alone can be partial, is rare in a life as short as these.
            if (fault != Fault.PARTIAL_DELETE) {
                wanted.add("fault." + fault);
            }
        }
        for (FaultyObjectStore.State state : FaultyObjectStore.State.values()) {
            if (state != FaultyObjectStore.State.UP) {
                wanted.add("store." + state);
            }
        }
        return wanted;
    }
}
