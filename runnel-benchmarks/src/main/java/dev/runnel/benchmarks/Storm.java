package dev.runnel.benchmarks;

import dev.runnel.benchmarks.Report.Goal;
import dev.runnel.benchmarks.process.Application;
import dev.runnel.benchmarks.process.Application.Content;
import dev.runnel.benchmarks.process.Application.Writes;
import dev.runnel.benchmarks.process.Daemon;
import dev.runnel.benchmarks.process.Usage;
import dev.runnel.benchmarks.process.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Large transactions, one after the other without a pause, each followed by the checkpoint that SQLite makes by default.
 * The WAL is as long as one of them, unless the replicator keeps it from its reset, or keeps the checkpoint from being
 * made. Two applications take turns, of which one is replicated.
 */
final class Storm implements Main.Workload {

    private static final int TURNS = 3;
    private static final Duration CATCH_UP = Duration.ofMillis(1500);

    private final boolean shuffled;

    Storm(boolean shuffled) {
        this.shuffled = shuffled;
    }

    @Override
    public void run(Bench bench) throws IOException, InterruptedException {
        Path folder = bench.folder(shuffled ? "storm-shuffled" : "storm");
        Daemon.Task task = new Daemon.Task(folder.resolve("app.db"), folder.resolve("replica"), null);
        int commits = Math.max(1, bench.options().commits() / TURNS);
        List<Writes> alone = new ArrayList<>();
        List<Writes> watched = new ArrayList<>();
        double cpu = 0;
        try (Application without = Application.start(folder.resolve("alone.db"));
                Application with = Application.start(task.database())) {
            write(bench, without, 1);
            write(bench, with, 1);
            try (Daemon daemon = Daemon.start(bench.cli(), folder, List.of(task))) {
                Waiting.pause(CATCH_UP);
                for (int i = 0; i < TURNS; i++) {
                    alone.add(write(bench, without, commits));
                    Usage before = daemon.usage();
                    watched.add(write(bench, with, commits));
                    cpu += daemon.usage().cpuMillisSince(before);
                    Waiting.pause(CATCH_UP);
                }
                // SQLite does not shorten the file, so that its length tells how long the WAL ever was.
                long wal = Files.size(folder.resolve("app.db-wal"));
                long walAlone = Files.size(folder.resolve("alone.db-wal"));
                Usage usage = daemon.usage();
                Content written = with.content();
                Map<String, Long> counts = daemon.stop();
                Report report = bench.report();
                report.figure(
                        name("WAL at its largest"),
                        wal / 1e6,
                        "MB",
                        Goal.atMost(walAlone * 1.05 / 1e6, ""),
                        String.format("%.1f without, ratio %.2f", walAlone / 1e6, (double) wal / walAlone));
                report.figure(
                        name("resets followed"),
                        (double) counts.getOrDefault("resets_followed", 0L),
                        "",
                        "of " + TURNS * commits + " commits");
                times(report, alone, watched);
                report.figure(name("processor time of a commit"), cpu / (TURNS * commits), "ms", "");
                report.figure(name("memory, peak"), usage.peakKib() / 1024.0, "MiB", "");
                Aftermath aftermath = new Aftermath(bench, folder);
                aftermath.countPageDiffs(name("page diffs while attached"), counts);
                aftermath.prove(task, written);
            }
        }
    }

    private Writes write(Bench bench, Application application, int commits) throws IOException {
        return application.storm(commits, bench.options().megabytes(), shuffled);
    }

    private String name(String figure) {
        return "large commits" + (shuffled ? ", shuffled: " : ": ") + figure;
    }

    private void times(Report report, List<Writes> alone, List<Writes> watched) {
        double mean = meanMillis(watched);
        double meanAlone = meanMillis(alone);
        report.figure(
                name("a commit"), mean, "ms", String.format("%.0f without, ratio %.2f", meanAlone, mean / meanAlone));
        double longest = Writes.longestMillis(watched);
        double longestAlone = Writes.longestMillis(alone);
        report.figure(
                name("longest commit"),
                longest,
                "ms",
                Goal.atMost(2 * longestAlone, ""),
                String.format("%.0f without, ratio %.2f", longestAlone, longest / longestAlone));
    }

    private static double meanMillis(List<Writes> turns) {
        long commits = turns.stream().mapToLong(Writes::commits).sum();
        return turns.stream().mapToLong(Writes::nanos).sum() / 1e6 / commits;
    }
}
