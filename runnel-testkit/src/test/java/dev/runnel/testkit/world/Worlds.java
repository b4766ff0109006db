package dev.runnel.testkit.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs worlds one after another, and says which seeds fail. */
final class Worlds {

    private static final int ENOUGH_FAILURES = 5;

    private Worlds() {}

    /** A world that can be run once. */
    interface Story extends Closeable {
        void run();
    }

    /** Makes a world of a seed in an empty directory. */
    interface Factory {
        Story create(long seed, Applications applications, Path directory, Coverage coverage);
    }

    /** Runs all seeds; what they reached is returned. */
    static Coverage run(Path directory, int byDefault, Factory factory) throws IOException {
        Coverage coverage = new Coverage();
        List<Throwable> failures = new ArrayList<>();
        try (Applications applications = new Applications(Files.createDirectory(directory.resolve("library")))) {
            for (long seed : Seeds.of(byDefault).toArray()) {
                Path place = Files.createDirectory(directory.resolve("world-" + seed));
                try (Story world = factory.create(seed, applications, place, coverage)) {
                    world.run();
                } catch (WorldFailure e) {
                    System.err.println(e.getMessage());
                    failures.add(e);
                    if (failures.size() == ENOUGH_FAILURES) {
                        break;
                    }
                    continue; // the directory stays
                }
                Disk.deleteTree(place);
            }
        }
        assertThat(failures).isEmpty();
        return coverage;
    }
}
