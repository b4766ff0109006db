package dev.runnel.benchmarks.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The command line of Runnel, to be run in processes of their own. */
public final class Cli {

    private static final int PATIENCE_SECONDS = 120;

    private final List<String> prefix;

    private Cli(List<String> prefix) {
        this.prefix = List.copyOf(prefix);
    }

    /** Runs a launcher, which must replace itself by the JVM, so that its process is the one to measure. */
    public static Cli launcher(Path launcher) {
        return new Cli(List.of(launcher.toString()));
    }

    /**
     * Runs the newest JDK of the machine.
     *
     * @param jvmFlags as the launcher would give them
     * @param jar the jar that the build makes; null for our own class path
     */
    public static Cli jvm(List<String> jvmFlags, @Nullable Path jar) throws IOException {
        List<String> prefix = new ArrayList<>();
        prefix.add(Jdk.newest().toString());
        prefix.addAll(jvmFlags);
        prefix.addAll(
                jar != null
                        ? List.of("-jar", jar.toString())
                        : List.of("-cp", System.getProperty("java.class.path"), "dev.runnel.cli.Main"));
        return new Cli(prefix);
    }

    /** Starts a process. Its output goes to {@code log}, or nowhere. */
    Process start(@Nullable File log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log == null ? ProcessBuilder.Redirect.DISCARD : ProcessBuilder.Redirect.to(log));
        builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "1"); // as the launcher does
        return builder.start();
    }

    /**
     * Runs a command to its end.
     *
     * @param log where its output goes; kept when it fails
     * @return milliseconds that it took
     */
    public double run(Path log, String... arguments) throws IOException, InterruptedException {
        long start = Waiting.nanoTime();
        Process process = start(log.toFile(), arguments);
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(arguments[0] + " took more than " + PATIENCE_SECONDS + " s, see " + log);
        }
        double millis = (Waiting.nanoTime() - start) / 1e6;
        if (process.exitValue() != 0) {
            throw new IOException(arguments[0] + " failed with exit status " + process.exitValue() + ", see " + log);
        }
        return millis;
    }

    @Override
    public String toString() {
        return String.join(" ", prefix);
    }
}
