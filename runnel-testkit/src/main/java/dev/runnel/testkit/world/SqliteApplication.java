package dev.runnel.testkit.world;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.JDBC;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * A process that runs {@link SqliteApplicationMain}. Every request waits for its answer, so that the order of all that
 * happens is the caller's. Not thread-safe.
 */
final class SqliteApplication implements Closeable {

    private final Process process;
    private final Writer requests;
    private final BufferedReader replies;

    private SqliteApplication(Process process) {
        this.process = process;
        this.requests = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        this.replies = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Starts a process. Does not wait for it: the first request does.
     *
     * @param library directory with SQLite's native library, see {@link #unpackLibrary}
     */
    static SqliteApplication start(Path library) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-Xshare:auto",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of(
                "-Dorg.sqlite.lib.path=" + library,
                "-Dorg.sqlite.lib.name=" + LibraryLoaderUtil.getNativeLibName(),
                "-cp",
                placeOf(SqliteApplicationMain.class) + File.pathSeparator + placeOf(JDBC.class),
                SqliteApplicationMain.class.getName()));
        return new SqliteApplication(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Unpacks SQLite's native library once, instead of once for every process. */
    static void unpackLibrary(Path directory) throws IOException {
        String name = LibraryLoaderUtil.getNativeLibName();
        String resource = LibraryLoaderUtil.getNativeLibResourcePath() + "/" + name;
        try (InputStream in = JDBC.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("sqlite-jdbc has no native library for this machine: " + resource);
            }
            Files.copy(in, directory.resolve(name));
        }
    }

    private static String placeOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("cannot tell where " + type + " was loaded from", e);
        }
    }

    /** Asks, and waits for the answer. The words must have neither tabs nor line ends. */
    Reply ask(String... words) {
        try {
            requests.write(String.join("\t", words) + "\n");
            requests.flush();
            String line = replies.readLine();
            if (line == null) {
                throw new IOException("the application ended, exit value " + process.waitFor());
            }
            return Reply.parse(line);
        } catch (IOException e) {
            throw new UncheckedIOException("no answer to " + String.join(" ", words), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Kills the process as SIGKILL does, and waits until it is gone. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Ends the process, as {@link #kill}. */
    @Override
    public void close() {
        kill();
    }
}
