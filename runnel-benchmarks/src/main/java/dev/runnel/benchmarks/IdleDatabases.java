package dev.runnel.benchmarks;

import dev.runnel.benchmarks.Report.Goal;
import dev.runnel.benchmarks.process.Application;
import dev.runnel.benchmarks.process.Daemon;
import dev.runnel.benchmarks.process.Usage;
import dev.runnel.benchmarks.process.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Databases that nobody writes to, though an application has them open. */
final class IdleDatabases implements Main.Workload {

    private static final Duration SETTLE = Duration.ofSeconds(15);

    private final int count;
    private final boolean s3;

    IdleDatabases(int count, boolean s3) {
        this.count = count;
        this.s3 = s3;
    }

    @Override
    public void run(Bench bench) throws IOException, InterruptedException {
        String kind = s3 ? "S3" : "file";
        Path folder = bench.folder("idle-" + count + "-" + kind);
        Path databases = Files.createDirectories(folder.resolve("db"));
        List<Daemon.Task> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(new Daemon.Task(
                    databases.resolve(i + ".db"),
                    folder.resolve("idle-" + count + "-" + i),
                    s3 ? bench.server() : null));
        }
        try (Application application = Application.start(folder.resolve("unused.db"))) {
            application.makeMany(databases, count, true);
            long start = Waiting.nanoTime();
            try (Daemon daemon = Daemon.start(bench.cli(), folder, tasks)) {
                double started = (Waiting.nanoTime() - start) / 1e9;
                Waiting.pause(SETTLE);
                Usage before = daemon.usage();
                Duration watch = Duration.ofSeconds(2L * bench.options().seconds());
                Waiting.pause(watch);
                Usage after = daemon.usage();
                daemon.stop();
                double percent = after.cpuMillisSince(before) / watch.toMillis() * 100;
                String name = count + " idle, " + kind + ": ";
                Report report = bench.report();
                report.figure(name + "processor", percent, "%", cpuGoal(), "of one processor");
                report.figure(
                        name + "memory",
                        after.residentKib() / 1024.0,
                        "MiB",
                        memoryGoal(),
                        String.format("peak %.0f", after.peakKib() / 1024.0));
                report.figure(name + "until captured", started, "s", "");
            }
        }
    }

    private Goal cpuGoal() {
        return switch (count) {
            case 1 -> Goal.atMost(0.05, "0.2 %");
            case 300 -> Goal.atMost(1, "8.1 %");
            default -> Goal.atMost(1, "");
        };
    }

    private Goal memoryGoal() {
        return switch (count) {
            case 1 -> s3 ? Goal.atMost(80, "23 MB") : Goal.atMost(56, "23 MB");
            case 300 -> Goal.atMost(200, "131 MB");
            default -> Goal.atMost(200, "");
        };
    }
}
