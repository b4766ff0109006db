package dev.runnel.benchmarks;

import dev.runnel.KeyLayout;
import dev.runnel.Restore;
import dev.runnel.benchmarks.Report.Goal;
import dev.runnel.benchmarks.process.Application;
import dev.runnel.benchmarks.process.Daemon;
import dev.runnel.benchmarks.process.Waiting;
import dev.runnel.storage.file.FileObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** A database of a million rows, of which the replica takes about 490 MB. Both are made once and kept. */
final class RestoreLarge implements Main.Workload {

    private static final int ROUNDS = 5;
    private static final int ROW_BYTES = 470;
    private static final Goal GOAL = Goal.atMost(0.3, "0.81 s");

    @Override
    public void run(Bench bench) throws IOException, InterruptedException {
        Path folder =
                bench.options().directory().resolve("restore-" + bench.options().rows());
        Daemon.Task task = new Daemon.Task(folder.resolve("app.db"), folder.resolve("replica"), null);
        Path complete = folder.resolve("complete");
        if (!Files.exists(complete)) {
            make(bench, folder, task);
            Files.createFile(complete);
        }
        Path copy = folder.resolve("copy.db");
        double disk = writeSeconds(folder.resolve("plain"), Files.size(task.database()));
        List<Double> process = new ArrayList<>();
        List<Double> library = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            process.add(bench.cli().run(folder.resolve("restore.log"), "restore", "-o", copy.toString(), task.url())
                    / 1000);
            Files.delete(copy);
            library.add(restoreHere(task, copy));
        }
        String floor = String.format("the disk takes %.2f s to write and sync as much", disk);
        bench.report()
                .figure(
                        "restore, 1 M rows, whole process",
                        Statistics.median(process),
                        "s",
                        GOAL,
                        String.format("fastest %.2f; %s", Statistics.quantile(process, 0), floor));
        bench.report()
                .figure(
                        "restore, 1 M rows, library, warm",
                        Statistics.median(library),
                        "s",
                        GOAL,
                        String.format("fastest %.2f", Statistics.quantile(library, 0)));
    }

    private static void make(Bench bench, Path folder, Daemon.Task task) throws IOException, InterruptedException {
        Bench.delete(folder);
        Files.createDirectories(folder);
        try (Application application = Application.start(task.database())) {
            application.fill(bench.options().rows(), ROW_BYTES);
        }
        try (Daemon daemon = Daemon.start(bench.cli(), folder, List.of(task))) {
            daemon.stop();
        }
    }

    private static double restoreHere(Daemon.Task task, Path copy) throws IOException {
        long start = Waiting.nanoTime();
        Restore.from(new FileObjectStore(task.replica()), "", KeyLayout.FILES).to(copy);
        double seconds = (Waiting.nanoTime() - start) / 1e9;
        Files.delete(copy);
        return seconds;
    }

    /** What no restore can be faster than: writing that much, durably. */
    private static double writeSeconds(Path file, long bytes) throws IOException {
        long start = Waiting.nanoTime();
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long left = bytes; left > 0; ) {
                buffer.clear().limit((int) Math.min(left, buffer.capacity()));
                left -= channel.write(buffer);
            }
            channel.force(true);
        } finally {
            Files.deleteIfExists(file);
        }
        return (Waiting.nanoTime() - start) / 1e9;
    }
}
