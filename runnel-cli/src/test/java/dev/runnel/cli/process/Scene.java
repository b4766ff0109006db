package dev.runnel.cli.process;

import dev.runnel.cli.Cli;
import dev.runnel.cli.CliContext;
import dev.runnel.cli.Main;
import dev.runnel.cli.services.EngineServices;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What one test needs: a folder, and processes that end with it. */
final class Scene implements AutoCloseable {

    private final Path folder;
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final Map<String, String> environment = new HashMap<>();
    private String program = "runnel";
    private @Nullable Path executable;

    /** @param folder deleted by the test */
    Scene(Path folder) throws IOException {
        this.folder = folder.toRealPath();
        Files.createDirectory(this.folder.resolve("tmp"));
        environment.put("HOME", this.folder.toString());
        environment.put("PATH", System.getenv("PATH"));
        environment.put("RUNNEL_RUNTIME_DIR", this.folder.resolve("run").toString());
    }

    /** What a process was, once it ended. */
    record Run(int code, List<String> out, List<String> err) {

        String text() {
            return "exit code " + code + "\n--- stdout\n" + String.join("\n", out) + "\n--- stderr\n"
                    + String.join("\n", err);
        }
    }

    /** Has the processes to come called by another name, such as {@code litestream}. */
    Scene named(String name) {
        program = name;
        return this;
    }

    /** Has the processes to come started by an executable, such as the launcher, with the JDK of the tests. */
    Scene through(Path file) {
        executable = file;
        return set("RUNNEL_JAVA_HOME", System.getProperty("java.home"));
    }

    /** Gives the processes to come no variables, as a supervisor does that clears the environment. */
    Scene withoutEnvironment() {
        environment.clear();
        return this;
    }

    /** A path in the folder of this test. */
    Path path(String name) {
        return folder.resolve(name);
    }

    /** Sets an environment variable of the processes to come. */
    Scene set(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** The URL of a directory replica in the folder of this test. */
    String fileUrl(String name) {
        return "file://" + path(name);
    }

    /** Starts {@code runnel}, and leaves it running. */
    Child start(Object... words) throws IOException {
        return start(List.of(), words);
    }

    /** Starts {@code runnel} behind the words of another command, such as {@code unshare}. */
    Child start(List<String> prefix, Object... words) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(executable == null ? java(Main.class, 64) : List.of(executable.toString()));
        for (Object word : words) {
            command.add(word.toString());
        }
        return startProcess(command);
    }

    /** Runs {@code runnel} to its end. */
    Run run(Object... words) throws IOException {
        Child child = start(words);
        int code = child.awaitEnd();
        return new Run(code, child.out(), child.err());
    }

    /** Runs a command line to its end in the process of the test, which is quicker. Not for the daemon. */
    Run runHere(Object... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        CliContext context = new CliContext(
                program,
                environment,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Clock.systemUTC(),
                List.of(path("etc-runnel.yml")));
        int code = new Cli(context, new EngineServices(environment, context.err()))
                .run(Stream.of(words).map(Object::toString).toList());
        return new Run(
                code,
                out.toString(StandardCharsets.UTF_8).lines().toList(),
                err.toString(StandardCharsets.UTF_8).lines().toList());
    }

    /** Starts the main class of another program of the tests. */
    Child startProgram(Class<?> main, Object... words) throws IOException {
        List<String> command = java(main, 96);
        for (Object word : words) {
            command.add(word.toString());
        }
        return startProcess(command);
    }

    /** Starts any program. */
    Child startProcess(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Child child = Child.start(builder);
        started.push(child);
        return child;
    }

    /** The command line of a small JVM that starts quickly. */
    private List<String> java(Class<?> main, int megabytes) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + megabytes + "m",
                "-Xshare:auto",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Drunnel.name=" + program,
                "-Djava.io.tmpdir=" + folder.resolve("tmp")));
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return command;
    }

    /** Opens a database in a shell of its own: the application. */
    Shell shell(Path database, String... sql) {
        Shell shell = Shell.open(database, sql);
        started.push(shell);
        return shell;
    }

    /** Has something closed at the end, before what was started earlier. */
    <T extends AutoCloseable> T closing(T resource) {
        started.push(resource);
        return resource;
    }

    /** Ends every process that still runs, the youngest first. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!started.isEmpty()) {
            try {
                started.pop().close();
            } catch (Exception e) {
                failure = new IOException("not everything that was started could be ended", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
