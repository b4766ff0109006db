package dev.runnel.benchmarks.process;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code runnel replicate} in a process of its own. */
public final class Daemon implements Closeable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration INTERVAL = Duration.ofMillis(5);
    private static final Pattern ENDED = Pattern.compile("replication ended.*counts=\"?\\{([^}]*)}");

    private final Process process;
    private final Path log;

    private Daemon(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * A database to replicate.
     *
     * @param replica folder of the replica; of the name of its path in the bucket, if there is a server
     */
    public record Task(
            Path database, Path replica, @Nullable S3Server server) {

        String configuration() {
            String settings = server == null ? "      type: file\n" : server.settings();
            String path = server == null ? replica.toString() : String.valueOf(replica.getFileName());
            return "  - path: " + database + "\n    replica:\n" + settings + "      path: " + path + "\n";
        }

        Path state() {
            return database.resolveSibling("." + database.getFileName() + "-litestream");
        }

        /** The replica's URL, for a restore of a file replica. */
        public String url() {
            return "file://" + replica;
        }
    }

    /** Starts replicating, and waits until every database has been captured once. */
    public static Daemon start(Cli cli, Path folder, List<Task> tasks) throws IOException {
        Path configuration = folder.resolve("runnel.yml");
        writeConfiguration(configuration, tasks);
        Path log = folder.resolve("daemon.log");
        Process process = cli.start(log.toFile(), "replicate", "-config", configuration.toString());
        Daemon daemon = new Daemon(process, log);
        try {
            for (Task task : tasks) {
                Waiting.until("first capture of " + task.database(), INTERVAL, PATIENCE, () -> {
                    daemon.requireLife();
                    return newest(task.state().resolve("ltx").resolve("0")) > 0;
                });
            }
        } catch (IOException e) {
            process.destroyForcibly();
            throw e;
        }
        return daemon;
    }

    /** Writes a configuration of these databases. */
    public static void writeConfiguration(Path file, List<Task> tasks) throws IOException {
        StringBuilder text = new StringBuilder("dbs:\n");
        tasks.forEach(task -> text.append(task.configuration()));
        Files.writeString(file, text);
    }

    private void requireLife() throws IOException {
        if (!process.isAlive()) {
            throw new IOException("the daemon ended with exit status " + process.exitValue() + ", see " + log);
        }
    }

    /** What the daemon has used. */
    public Usage usage() throws IOException {
        requireLife();
        return Usage.of(process.pid());
    }

    /**
     * Has it store what is left, and end.
     *
     * @return what it counted, summed over its databases
     */
    public Map<String, Long> stop() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("the daemon does not end, see " + log);
        }
        if (process.exitValue() != 0) {
            throw new IOException("the daemon ended with exit status " + process.exitValue() + ", see " + log);
        }
        Map<String, Long> counts = new TreeMap<>();
        Matcher line = ENDED.matcher(Files.readString(log));
        while (line.find()) {
            for (String count : line.group(1).split(", ")) {
                String[] pair = count.split("=");
                counts.merge(pair[0], Long.valueOf(pair[1]), Long::sum);
            }
        }
        return counts;
    }

    /** Kills it if it still runs. */
    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Waits until a file replica holds transaction {@code txId} by itself. Returns when that was seen. */
    public static long awaitTransaction(Task task, long txId, Duration interval) throws IOException {
        Path file = task.replica().resolve(String.format("ltx/0/%016x-%016x.ltx", txId, txId));
        return Waiting.until(file.toString(), interval, PATIENCE, () -> Files.exists(file));
    }

    /** The newest transaction that the local state of a database holds; 0 for none. */
    public static long captured(Task task) throws IOException {
        return newest(task.state().resolve("ltx").resolve("0"));
    }

    private static long newest(Path level) throws IOException {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(level, "*.ltx")) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                found.add(Long.parseLong(name.substring(17, 33), 16));
            }
        } catch (NoSuchFileException e) {
            return 0;
        }
        return found.stream().mapToLong(Long::longValue).max().orElse(0);
    }
}
