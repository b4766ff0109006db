package dev.runnel.testkit.nats;

import dev.runnel.testkit.process.FreePort;
import dev.runnel.testkit.process.Freezing;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The NATS server with JetStream, on a free port of the loopback interface, streams in a directory of its own. Needs what
 * Debian's package {@code nats-server} has.
 */
public final class NatsServer implements Closeable {

    private static final List<Path> PROGRAMS = List.of(
            Path.of("/usr/sbin/nats-server"), Path.of("/usr/bin/nats-server"), Path.of("/usr/local/bin/nats-server"));

    private final Path directory;
    private final int port;
    private Process process;

    private NatsServer(Path directory, int port) throws IOException {
        this.directory = directory;
        this.port = port;
        this.process = run();
    }

    /** Whether this machine has the program. */
    public static boolean isPossible() {
        return PROGRAMS.stream().anyMatch(Files::isExecutable);
    }

    /** Starts it with JetStream and without a login. Takes a tenth of a second. */
    public static NatsServer start(Path directory) throws IOException {
        return start(directory, "jetstream: {}");
    }

    /**
     * Starts it.
     *
     * @param directory need not exist; stays when the server is closed. Its name is that of the server
     * @param configuration lines of its configuration; ports and the place of streams are added
     */
    public static NatsServer start(Path directory, String configuration) throws IOException {
        Files.createDirectories(directory);
        return FreePort.start(port -> start(directory, configuration, port));
    }

    private static NatsServer start(Path directory, String configuration, int port) throws IOException {
        Files.writeString(
                directory.resolve("server.conf"),
                "host: 127.0.0.1\nport: " + port + "\nserver_name: " + directory.getFileName() + "\n"
                        + configuration.replace(
                                "jetstream: {}", "jetstream: {store_dir: \"" + directory + "/streams\"}")
                        + "\n");
        return new NatsServer(directory, port);
    }

    /** Where it listens, at 127.0.0.1. */
    public int port() {
        return port;
    }

    /** Starts it again with what it had stored. */
    public void restart() throws IOException {
        process = run();
    }

    private Process run() throws IOException {
        Path program = PROGRAMS.stream().filter(Files::isExecutable).findFirst().orElseThrow();
        Path output = directory.resolve("output");
        Process started = new ProcessBuilder(
                        program.toString(),
                        "-c",
                        directory.resolve("server.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "end nats-server"));
        await(started, () -> Files.readString(output).contains("Server is ready") && listens());
        return started;
    }

    /** Waits until it says something on its output. */
    public void awaitOutput(String text) throws IOException {
        await(process, () -> Files.readString(directory.resolve("output")).contains(text));
    }

    /** What can be waited for. */
    @FunctionalInterface
    private interface Condition {
        boolean holds() throws IOException;
    }

    private void await(Process running, Condition condition) throws IOException {
        try {
            while (!condition.holds()) {
                if (running.waitFor(20, TimeUnit.MILLISECONDS)) {
                    throw new IOException("The NATS server ended: " + Files.readString(directory.resolve("output")));
                }
            }
        } catch (InterruptedException e) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends it without warning, as a power failure does. What was stored stays. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Stops the process where it is: connections stay, answers do not come. */
    public void freeze() throws IOException {
        Freezing.freeze(process.pid());
    }

    /** Lets it go on. */
    public void thaw() throws IOException {
        Freezing.thaw(process.pid());
    }

    /** Makes an empty bucket as {@code nats object add} does. The server must let anybody in. */
    public void createBucket(String name) throws IOException {
        createBucket(name, "");
    }

    /**
     * Makes an empty bucket.
     *
     * @param more further settings of its stream, e.g. {@code "max_bytes":100000}
     */
    public void createBucket(String name, String more) throws IOException {
        String replicas = more.contains("num_replicas") ? "" : "\"num_replicas\":1,";
        String config = "{\"name\":\"OBJ_" + name + "\",\"subjects\":[\"$O." + name + ".C.>\",\"$O." + name
                + ".M.>\"],\"retention\":\"limits\",\"discard\":\"new\",\"storage\":\"file\"," + replicas
                + "\"allow_rollup_hdrs\":true,\"allow_direct\":true" + (more.isEmpty() ? "" : "," + more) + "}";
        String answer = request("$JS.API.STREAM.CREATE.OBJ_" + name, config, "");
        if (answer.contains("\"error\"")) {
            throw new IOException("The NATS server made no bucket " + name + ": " + answer);
        }
    }

    /**
     * Sends one request in the protocol itself, by a connection of its own.
     *
     * @param login members of the JSON by which a client introduces itself, e.g. {@code "user":"u","pass":"p"}
     * @return the answer
     */
    public String request(String subject, String body, String login) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            OutputStream out = socket.getOutputStream();
            byte[] payload = body.getBytes(StandardCharsets.UTF_8);
            out.write(("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true"
                            + (login.isEmpty() ? "" : "," + login) + "}\r\nSUB answer 1\r\nPUB " + subject + " answer "
                            + payload.length + "\r\n" + body + "\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            out.flush();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("-ERR") || line.startsWith("HMSG")) {
                    throw new IOException("The NATS server refused " + subject + ": " + line);
                }
                if (line.startsWith("MSG")) {
                    return in.readLine();
                }
            }
            throw new IOException("The NATS server gave no answer to " + subject);
        }
    }

    /** How many messages a bucket has, of a subject below it such as {@code C.>}. */
    public int messages(String bucket, String subject) throws IOException {
        String answer = request(
                "$JS.API.STREAM.INFO.OBJ_" + bucket, "{\"subjects_filter\":\"$O." + bucket + "." + subject + "\"}", "");
        int at = answer.indexOf("\"subjects\":{", answer.indexOf("\"state\""));
        if (at < 0) {
            return 0;
        }
        String subjects = answer.substring(answer.indexOf('{', at) + 1, answer.indexOf('}', at));
        return Stream.of(subjects.split(","))
                .mapToInt(each -> Integer.parseInt(each.substring(each.lastIndexOf(':') + 1)))
                .sum();
    }

    /** Ends it. */
    @Override
    public void close() throws IOException {
        if (process.isAlive()) {
            thaw();
        }
        process.destroy();
        process.onExit().join();
    }
}
