package dev.runnel.benchmarks;

import dev.runnel.benchmarks.Report.Goal;
import dev.runnel.benchmarks.process.Application.Content;
import dev.runnel.benchmarks.process.Daemon;
import dev.runnel.benchmarks.process.Databases;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What is looked at when the writer and the daemon have ended: whether continuity was kept, and whether everything that was
 * written comes back.
 *
 * @param folder that of the workload
 */
record Aftermath(Bench bench, Path folder) {

    /**
     * Tells how often a page diff had to find what changed.
     *
     * @param counts what the daemon counted
     */
    void countPageDiffs(String figure, Map<String, Long> counts) {
        long reconciles = counts.entrySet().stream()
                .filter(count -> count.getKey().startsWith("reconciles_"))
                // The first attachment continues nothing: its page diff is the first snapshot.
                .filter(count -> !count.getKey().equals("reconciles_no_position"))
                .mapToLong(Map.Entry::getValue)
                .sum();
        bench.report().figure(figure, (double) reconciles, "", Goal.atMost(0, ""), counts.toString());
    }

    /** Restores, and compares what came back with what the application sees. */
    void prove(Daemon.Task task, Content written) throws IOException, InterruptedException {
        Path copy = folder.resolve("copy.db");
        Path configuration = folder.resolve("runnel.yml");
        bench.cli()
                .run(
                        folder.resolve("restore.log"),
                        "restore",
                        "-config",
                        configuration.toString(),
                        "-o",
                        copy.toString(),
                        task.database().toString());
        Content restored = Databases.check(copy);
        if (!restored.equals(written)) {
            throw new IOException("LOST: " + written + " was written, but " + restored + " came back, see " + folder);
        }
        bench.report().say("restored: " + restored.rows() + " rows as written, integrity_check ok");
    }
}
