package dev.runnel.testkit.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.runnel.capture.Continuity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureWorldTest {

    private static final int DEFAULT_SEEDS = 150;

    /**
     * What no sound world reaches: the index and the WAL contradict each other only where somebody damages files under a
     * living application.
     */
    private static final Set<Continuity.Reason> INCIDENTS =
            EnumSet.of(Continuity.Reason.CHAIN_BROKEN, Continuity.Reason.COMMITS_MISCOUNTED);

    @Test
    void everyCutIsTheDatabaseAsOfItsCommit(@TempDir Path directory) throws IOException {
        Coverage coverage = Worlds.run(directory, DEFAULT_SEEDS, (seed, applications, place, reached) -> {
            CaptureWorld world = new CaptureWorld(seed, applications, place, reached);
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
        for (Continuity.Reason incident : INCIDENTS) {
            assertThat(coverage.of("continuity.RECONCILE." + incident))
                    .as("%s", incident)
                    .isZero();
        }
        assumeThat(Seeds.areDefault()).isTrue();
        assertThat(coverage.missing(wanted()))
                .as("not reached by any seed; reached:%n%s", coverage)
                .isEmpty();
    }

    private static List<String> wanted() {
        List<String> wanted = new ArrayList<>(List.of(
                "attach.atRest",
                "attach.indexed",
                "continuity.CONTINUE",
                "continuity.FOLLOW_RESET",
                "cut",
                "longRead.chunk",
                "longRead.interrupted",
                "powerLoss",
                "snapshot",
                "standing.INDEX_APPEARED",
                "swaps"));
        for (Continuity.Reason reason : Continuity.Reason.values()) {
            if (!INCIDENTS.contains(reason)) {
                wanted.add("continuity.RECONCILE." + reason);
            }
        }
        for (Deed deed : Deed.values()) {
            wanted.add("deed." + deed);
        }
        for (String mode : List.of("PASSIVE", "FULL", "RESTART", "TRUNCATE")) {
            wanted.add("checkpoint." + mode + ".done");
        }
        return wanted;
    }
}
