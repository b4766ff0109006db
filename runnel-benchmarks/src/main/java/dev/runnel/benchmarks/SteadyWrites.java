package dev.runnel.benchmarks;

import dev.runnel.benchmarks.Report.Goal;
import dev.runnel.benchmarks.process.Application;
import dev.runnel.benchmarks.process.Application.Writes;
import dev.runnel.benchmarks.process.Daemon;
import dev.runnel.benchmarks.process.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** An application that commits 50 times a second, replicated to S3. */
final class SteadyWrites implements Main.Workload {

    private static final int PER_SECOND = 50;
    private static final int MILLIS = 60_000;
    private static final int SETTLE_MILLIS = 10_000;
    private static final int ROWS = 10_000;
    private static final int ROW_BYTES = 200;

    @Override
    public void run(Bench bench) throws IOException, InterruptedException {
        Path folder = bench.folder("steady");
        Daemon.Task task = new Daemon.Task(folder.resolve("app.db"), folder.resolve("steady"), bench.server());
        try (Application application = Application.start(task.database())) {
            application.fill(ROWS, ROW_BYTES);
            try (Daemon daemon = Daemon.start(bench.cli(), folder, List.of(task))) {
                application.write(SETTLE_MILLIS, PER_SECOND);
                Usage before = daemon.usage();
                Writes writes = application.write(MILLIS, PER_SECOND);
                Usage after = daemon.usage();
                daemon.stop();
                Report report = bench.report();
                report.figure(
                        "50 commits/s to S3, processor time a minute",
                        after.cpuMillisSince(before) * 60e9 / writes.nanos() / 1000,
                        "s",
                        Goal.atMost(3, "5.6 s"),
                        writes.commits() + " commits");
                report.figure(
                        "50 commits/s to S3, memory",
                        after.residentKib() / 1024.0,
                        "MiB",
                        Goal.atMost(80, "68 MB"),
                        "");
                report.figure(
                        "50 commits/s to S3, memory, peak",
                        after.peakKib() / 1024.0,
                        "MiB",
                        Goal.atMost(100, "116 MB"),
                        "");
            }
        }
    }
}
