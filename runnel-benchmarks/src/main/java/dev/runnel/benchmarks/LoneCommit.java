package dev.runnel.benchmarks;

import dev.runnel.benchmarks.Report.Goal;
import dev.runnel.benchmarks.process.Application;
import dev.runnel.benchmarks.process.Daemon;
import dev.runnel.benchmarks.process.Usage;
import dev.runnel.benchmarks.process.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** From the return of a commit, after a quiet time, to its file in a file replica, at default settings. */
final class LoneCommit implements Main.Workload {

    private static final Duration SPACING = Duration.ofMillis(1230);
    private static final Duration POLL = Duration.ofNanos(50_000);
    private static final int ROWS = 1000;
    private static final int ROW_BYTES = 200;

    @Override
    public void run(Bench bench) throws IOException, InterruptedException {
        Path folder = bench.folder("lone");
        Daemon.Task task = new Daemon.Task(folder.resolve("app.db"), folder.resolve("replica"), null);
        List<Double> millis = new ArrayList<>();
        try (Application application = Application.start(task.database())) {
            application.fill(ROWS, ROW_BYTES);
            try (Daemon daemon = Daemon.start(bench.cli(), folder, List.of(task))) {
                application.commit();
                Waiting.pause(SPACING);
                Usage before = daemon.usage();
                for (int i = 0; i < bench.options().commits(); i++) {
                    long next = Daemon.captured(task) + 1;
                    long committed = application.commit();
                    long stored = Daemon.awaitTransaction(task, next, POLL);
                    millis.add((stored - committed) / 1e6);
                    // Spread over the phase of whatever ticks there.
                    Waiting.pause(SPACING.plusMillis(i * 37L % 250));
                }
                double cpu = daemon.usage().cpuMillisSince(before) / millis.size();
                daemon.stop();
                report(bench, millis, cpu);
            }
        }
    }

    private static void report(Bench bench, List<Double> millis, double cpu) {
        String range = String.format(
                "fastest %.1f, slowest %.1f, of %d",
                Statistics.quantile(millis, 0), Statistics.quantile(millis, 1), millis.size());
        Goal goal = Goal.atMost(20, "316 ms");
        bench.report().figure("lone commit to file replica, median", Statistics.median(millis), "ms", goal, range);
        bench.report().figure("lone commit to file replica, 9 of 10", Statistics.quantile(millis, 0.9), "ms", "");
        bench.report().figure("lone commit, processor time", cpu, "ms", "per commit, heartbeat included");
    }
}
