package dev.runnel.testkit.sftp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.testkit.process.FreePort;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The SSH daemon of OpenSSH on a port of the loopback interface, with its own SFTP server, for the user who runs the
 * test. Where it is not installed, the test is skipped.
 */
public final class OpenSshServer implements AutoCloseable {

    private static final Path DAEMON = Path.of("/usr/sbin/sshd");

    private final Path folder;
    private final int port;
    private final Process daemon;

    private OpenSshServer(Path folder, int port, Process daemon) {
        this.folder = folder;
        this.port = port;
        this.daemon = daemon;
    }

    /** @param folder for its keys and its configuration; must not exist */
    public static OpenSshServer start(Path folder) throws IOException {
        assumeTrue(Files.isExecutable(DAEMON), "needs OpenSSH's sshd");
        boolean root = "root".equals(System.getProperty("user.name"));
        if (root) {
            Files.createDirectories(Path.of("/run/sshd"));
        }
        Files.createDirectories(folder);
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.resolve("host_key"));
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.resolve("user_key"));
        return FreePort.start(port -> start(folder, port));
    }

    private static OpenSshServer start(Path folder, int port) throws IOException {
        Files.write(
                folder.resolve("sshd_config"),
                List.of(
                        "ListenAddress 127.0.0.1:" + port,
                        "HostKey " + folder.resolve("host_key"),
                        "AuthorizedKeysFile " + folder.resolve("user_key.pub"),
                        "PidFile none",
                        "StrictModes no",
                        "UsePAM no",
                        "PasswordAuthentication no",
                        "PermitRootLogin yes",
                        "Subsystem sftp internal-sftp"));
        Process daemon = new ProcessBuilder(
                        DAEMON.toString(),
                        "-D",
                        "-e",
                        "-f",
                        folder.resolve("sshd_config").toString())
                .redirectErrorStream(true)
                .start();
        awaitListening(daemon);
        return new OpenSshServer(folder, port, daemon);
    }

    private static void awaitListening(Process daemon) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(daemon.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder said = new StringBuilder();
        String line;
        while ((line = lines.readLine()) != null) {
            if (line.contains("listening on")) {
                Thread drain = new Thread(() -> drain(lines), "sshd output");
                drain.setDaemon(true);
                drain.start();
                return;
            }
            said.append(line).append('\n');
        }
        throw new IOException("sshd did not start: " + said);
    }

    /** A daemon whose output nobody reads would stop when the pipe is full. */
    private static void drain(BufferedReader lines) {
        try (lines) {
            String line;
            do {
                line = lines.readLine();
            } while (line != null);
        } catch (IOException e) {
            // the daemon has ended
        }
    }

    private static void run(Object... words) throws IOException {
        Process process = new ProcessBuilder(
                        List.of(words).stream().map(Object::toString).toList())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(List.of(words) + ": " + said);
        }
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** Who may log in. */
    public String user() {
        return System.getProperty("user.name");
    }

    /** File of the private key by which that user may log in. */
    public Path userKey() {
        return folder.resolve("user_key");
    }

    /** As in {@code host-key}. */
    public String hostKey() throws IOException {
        return Files.readString(folder.resolve("host_key.pub")).strip();
    }

    @Override
    public void close() {
        daemon.descendants().forEach(ProcessHandle::destroy);
        daemon.destroy();
        daemon.onExit().join();
    }
}
