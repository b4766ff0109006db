package dev.runnel.benchmarks;

import dev.runnel.benchmarks.process.Cli;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Entry point of all benchmarks: {@code run [WORKLOAD] [FLAGS]}, see {@link #usage}. */
public final class Main {

    /** What the launcher gives to the newest JDK, for when there is no launcher. */
    private static final List<String> JVM_FLAGS = List.of(
            "-XX:+IgnoreUnrecognizedVMOptions",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:ArchiveRelocationMode=0",
            "-XX:+UseCompactObjectHeaders",
            "-XX:TieredStopAtLevel=1",
            "-XX:ReservedCodeCacheSize=32m",
            "-Xss512k",
            "-Xms8m",
            "-XX:MinHeapFreeRatio=20",
            "-XX:MaxHeapFreeRatio=40",
            "-XX:-ShrinkHeapInSteps",
            "-XX:TrimNativeHeapInterval=10000",
            "-XX:AsyncDeflationInterval=10000",
            "--enable-native-access=ALL-UNNAMED");

    private static final Map<String, Workload> WORKLOADS = workloads();

    private Main() {}

    /** One thing that is measured. */
    @FunctionalInterface
    interface Workload {
        void run(Bench bench) throws IOException, InterruptedException;
    }

    private static Map<String, Workload> workloads() {
        Map<String, Workload> all = new LinkedHashMap<>();
        all.put("start", new ColdStart());
        all.put("lone", new LoneCommit());
        all.put("flat-file", new FlatOut(false));
        all.put("flat-s3", new FlatOut(true));
        all.put("neighbor", new Neighbor());
        all.put("storm", new Storm(false));
        all.put("storm-shuffled", new Storm(true));
        all.put("steady-s3", new SteadyWrites());
        all.put("idle-file", new IdleDatabases(1, false));
        all.put("idle-s3", new IdleDatabases(1, true));
        all.put("idle-300", new IdleDatabases(300, false));
        all.put("idle-1000", new IdleDatabases(1000, false));
        all.put("restore", new RestoreLarge());
        return all;
    }

    private static String usage() {
        return "usage: run [WORKLOAD[,WORKLOAD]…] [FLAGS]\n\n"
                + "workloads: all (default), micro (JMH; takes JMH's own flags), "
                + String.join(", ", WORKLOADS.keySet())
                + "\n\nflags:\n" + Options.USAGE;
    }

    /** Runs what the arguments name. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws IOException, InterruptedException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        List<String> words = List.of(arguments);
        String what = words.isEmpty() || words.get(0).startsWith("-") ? "all" : words.get(0);
        List<String> rest = words.isEmpty() || !what.equals(words.get(0)) ? words : words.subList(1, words.size());
        if (what.equals("micro")) {
            org.openjdk.jmh.Main.main(rest.toArray(String[]::new));
            return;
        }
        List<String> names = what.equals("all") ? List.copyOf(WORKLOADS.keySet()) : List.of(what.split(","));
        Options options;
        try {
            options = Options.parse(rest);
            for (String name : names) {
                if (!WORKLOADS.containsKey(name)) {
                    throw new IllegalArgumentException("unknown workload " + name);
                }
            }
        } catch (IllegalArgumentException e) {
            out.println(e.getMessage() + "\n\n" + usage());
            System.exit(2);
            return;
        }
        run(names, options, new Report(out));
        System.exit(0);
    }

    private static void run(List<String> names, Options options, Report report)
            throws IOException, InterruptedException {
        Cli cli = cli(options);
        report.say("daemon: " + cli);
        try (Bench bench = new Bench(options, cli, report)) {
            for (String name : names) {
                report.say("");
                report.say("== " + name + " (load " + Machine.load() + " on " + Machine.processors() + " processors)");
                java.util.Objects.requireNonNull(WORKLOADS.get(name)).run(bench);
            }
        }
        report.summarize();
    }

    private static Cli cli(Options options) throws IOException {
        Path launcher = options.launcher();
        if (launcher != null) {
            return Cli.launcher(launcher);
        }
        String jar = System.getProperty("runnel.cli.jar");
        List<String> flags = options.jvmFlags();
        return Cli.jvm(flags == null ? JVM_FLAGS : flags, jar == null ? null : Path.of(jar));
    }
}
