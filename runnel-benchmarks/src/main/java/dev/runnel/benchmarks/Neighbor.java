package dev.runnel.benchmarks;

import dev.runnel.benchmarks.Report.Goal;
import dev.runnel.benchmarks.process.Application;
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

/**
 * A writer without a pause whose database is not replicated, beside one that is and is quiet: the events of its writes are
 * those of the directory in which the daemon waits for the quiet one. It takes turns with a writer in another directory.
 */
final class Neighbor implements Main.Workload {

    private static final int TURNS = 4;
    private static final int WARM_UP_MILLIS = 2000;
    private static final Duration QUIET = Duration.ofMillis(2500);

    @Override
    public void run(Bench bench) throws IOException, InterruptedException {
        Path folder = bench.folder("neighbor");
        Path apart = Files.createDirectories(folder.resolve("apart"));
        Daemon.Task task = new Daemon.Task(folder.resolve("quiet.db"), folder.resolve("replica"), null);
        int millis = bench.options().seconds() * 1000 / TURNS;
        List<Double> ratios = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        double cpu = 0;
        long commits = 0;
        try (Application quiet = Application.start(task.database());
                Application without = Application.start(apart.resolve("busy.db"));
                Application with = Application.start(folder.resolve("busy.db"))) {
            quiet.write(100, 0);
            without.write(WARM_UP_MILLIS, 0);
            with.write(WARM_UP_MILLIS, 0);
            try (Daemon daemon = Daemon.start(bench.cli(), folder, List.of(task))) {
                Waiting.pause(QUIET);
                for (int i = 0; i < TURNS; i++) {
                    double alone = without.write(millis, 0).perSecond();
                    Usage before = daemon.usage();
                    Writes writes = with.write(millis, 0);
                    cpu += daemon.usage().cpuMillisSince(before);
                    commits += writes.commits();
                    rates.add(writes.perSecond());
                    ratios.add(writes.perSecond() / alone);
                }
                daemon.stop();
            }
        }
        Report report = bench.report();
        report.figure(
                "beside a quiet database: commits",
                Statistics.median(rates),
                "/s",
                "ratios by turn " + Statistics.rounded(ratios));
        report.figure(
                "beside a quiet database: slowdown",
                100 * (1 - Statistics.median(ratios)),
                "%",
                Goal.atMost(5, ""),
                "median of the turns");
        report.figure("beside a quiet database: processor time per 1000 commits", 1000 * cpu / commits, "ms", "");
    }
}
