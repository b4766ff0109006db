package dev.runnel.testkit.webdav;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The Apache HTTP server with its module {@code dav}, on a free port of the loopback interface, with a user and a folder
 * of its own. Needs what Debian's package {@code apache2-bin} has.
 */
public final class ApacheServer implements AutoCloseable {

    /** Of every server of this kind. */
    public static final String USERNAME = "runnel";

    /** Of every server of this kind. */
    public static final String PASSWORD = "p%ss:w@rd";

    private static final Path PROGRAM = Path.of("/usr/sbin/apache2");
    private static final Path MODULES = Path.of("/usr/lib/apache2/modules");

    private final Process process;
    private final Path folder;
    private final int port;

    private ApacheServer(Process process, Path folder, int port) {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /** Whether this machine has the program with its module. */
    public static boolean isPossible() {
        return Files.isExecutable(PROGRAM) && Files.exists(MODULES.resolve("mod_dav_fs.so"));
    }

    /** Starts it. Takes a tenth of a second. */
    public static ApacheServer start() throws IOException, InterruptedException {
        // Not below the project: started by root, the server becomes another user, who may not get there.
        Path directory = Files.createTempDirectory(Path.of("/tmp"), "runnel-apache");
        Path folder = Files.createDirectory(directory.resolve("files"));
        for (Path path : new Path[] {directory, folder}) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        Files.writeString(directory.resolve("users"), USERNAME + ":{SHA}" + sha1(PASSWORD) + "\n");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path configuration = directory.resolve("httpd.conf");
        Files.writeString(configuration, configuration(directory, port));
        Process process = new ProcessBuilder(PROGRAM.toString(), "-f", configuration.toString(), "-D", "FOREGROUND")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process), "end apache"));
        // Its own file tells that it is not somebody else who listens there.
        while (!Files.exists(directory.resolve("pid")) || !listens(port)) {
            if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new IOException("Apache did not start: " + Files.readString(directory.resolve("output")));
            }
        }
        return new ApacheServer(process, folder, port);
    }

    /** E.g. {@code http://127.0.0.1:41234}; the folder that it serves is its root. */
    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** The folder that it serves. */
    public Path folder() {
        return folder;
    }

    /** Makes a folder in that one; returns its address. */
    public String createFolder(String name) throws IOException {
        Path made = Files.createDirectory(folder.resolve(name));
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxrwxrwx"));
        return url() + "/" + name;
    }

    /** Ends the server and removes what it has. */
    @Override
    public void close() throws IOException {
        end(process);
        process.onExit().join();
        try (Stream<Path> all = Files.walk(folder.getParent())) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private static void end(Process process) {
        process.destroy(); // its children end with it
    }

    private static String configuration(Path directory, int port) {
        StringBuilder text = new StringBuilder();
        for (String module : new String[] {
            "mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "dav", "dav_fs"
        }) {
            text.append("LoadModule ")
                    .append(module)
                    .append("_module ")
                    .append(MODULES.resolve("mod_" + module + ".so"));
            text.append('\n');
        }
        if (Optional.ofNullable(System.getProperty("user.name")).orElse("").equals("root")) {
            text.append("User www-data\nGroup www-data\n");
        }
        return text.append("""
                ServerName localhost
                Listen 127.0.0.1:%2$d
                PidFile %1$s/pid
                ErrorLog %1$s/errors
                DefaultRuntimeDir %1$s
                DocumentRoot %1$s/files
                DavLockDB %1$s/locks
                StartServers 1
                KeepAliveTimeout 30
                MaxKeepAliveRequests 0
                <Directory %1$s/files>
                    Dav On
                    AuthType Basic
                    AuthName runnel
                    AuthUserFile %1$s/users
                    Require valid-user
                </Directory>
                """.formatted(directory, port)).toString();
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String sha1(String text) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(text.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
