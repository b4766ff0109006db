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
 * A writer that commits as fast as it can. Two applications take turns on two databases of the same content, of which one
 * is replicated, so that both meet the same machine.
 */
final class FlatOut implements Main.Workload {

    private static final int TURNS = 4;
    private static final int WARM_UP_MILLIS = 2000;
    private static final Duration CATCH_UP = Duration.ofMillis(1500);

    private final boolean s3;

    FlatOut(boolean s3) {
        this.s3 = s3;
    }

    /** One turn of the replicated application. */
    private record Turn(Writes writes, double cpuMillis) {}

    @Override
    public void run(Bench bench) throws IOException, InterruptedException {
        Path folder = bench.folder(s3 ? "flat-s3" : "flat-file");
        Daemon.Task task =
                new Daemon.Task(folder.resolve("app.db"), folder.resolve("flat"), s3 ? bench.server() : null);
        int millis = bench.options().seconds() * 1000 / TURNS;
        List<Writes> alone = new ArrayList<>();
        List<Turn> watched = new ArrayList<>();
        try (Application without = Application.start(folder.resolve("alone.db"));
                Application with = Application.start(task.database())) {
            without.write(WARM_UP_MILLIS, 0);
            with.write(WARM_UP_MILLIS, 0);
            try (Daemon daemon = Daemon.start(bench.cli(), folder, List.of(task))) {
                Waiting.pause(CATCH_UP);
                for (int i = 0; i < TURNS; i++) {
                    alone.add(without.write(millis, 0));
                    Usage before = daemon.usage();
                    Writes writes = with.write(millis, 0);
                    Waiting.pause(CATCH_UP);
                    watched.add(new Turn(writes, daemon.usage().cpuMillisSince(before)));
                }
                long wal = Files.size(folder.resolve("app.db-wal"));
                long walAlone = Files.size(folder.resolve("alone.db-wal"));
                Usage usage = daemon.usage();
                Content written = with.content();
                Map<String, Long> counts = daemon.stop();
                report(bench, alone, watched);
                bench.report()
                        .figure(
                                name("WAL at its largest"),
                                wal / 1e6,
                                "MB",
                                Goal.atMost(16, "1974 MB"),
                                String.format("%.1f without", walAlone / 1e6));
                bench.report().figure(name("memory, peak"), usage.peakKib() / 1024.0, "MiB", "");
                Aftermath aftermath = new Aftermath(bench, folder);
                aftermath.countPageDiffs(name("page diffs while attached"), counts);
                aftermath.prove(task, written);
            }
        }
    }

    private String name(String figure) {
        return "flat out, " + (s3 ? "S3" : "file") + ": " + figure;
    }

    private void report(Bench bench, List<Writes> alone, List<Turn> watched) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < TURNS; i++) {
            ratios.add(watched.get(i).writes.perSecond() / alone.get(i).perSecond());
        }
        List<Writes> with = watched.stream().map(Turn::writes).toList();
        double rate = Statistics.median(with.stream().map(Writes::perSecond).toList());
        double rateAlone =
                Statistics.median(alone.stream().map(Writes::perSecond).toList());
        Report report = bench.report();
        report.figure(
                name("commits"),
                rate,
                "/s",
                String.format("%.0f without, ratio by turn %s", rateAlone, Statistics.rounded(ratios)));
        report.figure(
                name("slowdown"),
                100 * (1 - Statistics.median(ratios)),
                "%",
                Goal.atMost(5, ""),
                "median of the turns");
        double longest = Writes.longestMillis(with);
        double longestAlone = Writes.longestMillis(alone);
        double late = with.stream().mapToLong(Writes::p999Nanos).max().orElse(0) / 1e6;
        double lateAlone = alone.stream().mapToLong(Writes::p999Nanos).max().orElse(0) / 1e6;
        report.figure(
                name("longest commit"),
                longest,
                "ms",
                Goal.atMost(2 * longestAlone, "1001 ms"),
                String.format("%.1f without, ratio %.2f", longestAlone, longest / longestAlone));
        report.figure(
                name("one commit in 1000 over"),
                late,
                "ms",
                String.format("%.2f without, ratio %.2f", lateAlone, late / lateAlone));
        double cpu = 0;
        double commits = 0;
        for (Turn turn : watched) {
            cpu += turn.cpuMillis;
            commits += turn.writes.commits();
        }
        Turn last = watched.get(TURNS - 1);
        report.figure(
                name("processor time per 1000 commits"),
                1000 * cpu / commits,
                "ms",
                s3 ? Goal.atMost(66, "126 ms") : Goal.atMost(33, "66 ms"),
                String.format(
                        "first turn %.1f, last %.1f",
                        1000 * watched.get(0).cpuMillis / watched.get(0).writes.commits(),
                        1000 * last.cpuMillis / last.writes.commits()));
    }
}
