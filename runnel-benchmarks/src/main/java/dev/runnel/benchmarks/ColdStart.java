package dev.runnel.benchmarks;

import dev.runnel.benchmarks.Report.Goal;
import dev.runnel.benchmarks.process.Daemon;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands that do next to nothing, from exec to exit. */
final class ColdStart implements Main.Workload {

    private static final int ROUNDS = 11;
    private static final Goal GOAL = Goal.atMost(150, "8 ms");

    @Override
    public void run(Bench bench) throws IOException, InterruptedException {
        Path folder = bench.folder("start");
        Path configuration = folder.resolve("runnel.yml");
        Daemon.writeConfiguration(
                configuration, List.of(new Daemon.Task(folder.resolve("app.db"), folder.resolve("replica"), null)));
        Path log = folder.resolve("log");
        measure(bench, "version, cold", log, "version");
        measure(bench, "databases, cold", log, "databases", "-no-health", "-config", configuration.toString());
    }

    private static void measure(Bench bench, String name, Path log, String... arguments)
            throws IOException, InterruptedException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            millis.add(bench.cli().run(log, arguments));
        }
        bench.report()
                .figure(
                        name,
                        Statistics.median(millis),
                        "ms",
                        GOAL,
                        String.format(
                                "fastest %.0f, slowest %.0f",
                                Statistics.quantile(millis, 0), Statistics.quantile(millis, 1)));
    }
}
