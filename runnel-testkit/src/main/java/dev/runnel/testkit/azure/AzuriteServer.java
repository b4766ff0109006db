package dev.runnel.testkit.azure;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Azurite, Microsoft's own emulator of Azure Blob Storage, on a free port of the loopback interface, objects in memory.
 * It checks signatures. The first use installs it with npm below {@code target/} of the project.
 */
public final class AzuriteServer implements AutoCloseable {

    /** Of every Azurite. */
    public static final String ACCOUNT = "devstoreaccount1";

    /** Of every Azurite; published by Microsoft. */
    public static final String ACCOUNT_KEY =
            "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static final String VERSION = "3.35.0";
    private static final String LISTENS = "successfully listens on ";

    private final Process process;
    private final String endpoint;

    private AzuriteServer(Process process, String endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /** Whether this machine has node and npm. */
    public static boolean isPossible() {
        return found("node") && found("npm");
    }

    /** Starts it, if need be installs it before. */
    public static AzuriteServer start() throws IOException, InterruptedException {
        Path installed = install();
        Process process = new ProcessBuilder(
                        "node",
                        installed
                                .resolve("node_modules/azurite/dist/src/blob/main.js")
                                .toString(),
                        "--blobHost",
                        "127.0.0.1",
                        "--blobPort",
                        "0",
                        "--inMemoryPersistence",
                        "--disableTelemetry",
                        "--silent")
                .directory(installed.toFile())
                .redirectErrorStream(true)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end azurite"));
        StringBuilder told = new StringBuilder();
        BufferedReader output = process.inputReader(UTF_8);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            told.append(line).append('\n');
            int at = line.indexOf(LISTENS);
            if (at >= 0) {
                return new AzuriteServer(process, line.substring(at + LISTENS.length()) + "/" + ACCOUNT);
            }
        }
        throw new IOException("Azurite did not start: " + told);
    }

    /** E.g. {@code http://127.0.0.1:41234/devstoreaccount1}. */
    public String endpoint() {
        return endpoint;
    }

    /** Makes an empty container. */
    public void createContainer(String name) throws IOException, InterruptedException {
        String date = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                .format(ZonedDateTime.now(ZoneOffset.UTC));
        URI uri = URI.create(endpoint + "/" + name + "?restype=container");
        String signed = "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:" + date + "\nx-ms-version:2021-12-02\n/" + ACCOUNT
                + uri.getRawPath() + "\nrestype:container";
        HttpRequest request = HttpRequest.newBuilder(uri)
                .PUT(HttpRequest.BodyPublishers.noBody())
                .header("x-ms-date", date)
                .header("x-ms-version", "2021-12-02")
                .header("Authorization", "SharedKey " + ACCOUNT + ":" + hmac(signed))
                .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 201) {
            throw new IOException("Azurite made no container " + name + ": " + response.body());
        }
    }

    /**
     * A SAS token that allows everything in a container until the day after tomorrow.
     *
     * @param permissions e.g. {@code rwdl}
     */
    public String sasToken(String container, String permissions) {
        String expiry = ZonedDateTime.now(ZoneOffset.UTC).plusDays(2).format(DateTimeFormatter.ISO_LOCAL_DATE);
        String signed = permissions + "\n\n" + expiry + "\n/blob/" + ACCOUNT + "/" + container
                + "\n\n\n\n2020-12-06\nc\n\n\n\n\n\n\n";
        return "sv=2020-12-06&sr=c&sp=" + permissions + "&se=" + expiry + "&sig="
                + java.net.URLEncoder.encode(hmac(signed), UTF_8);
    }

    /** Ends the process; the objects are gone. */
    @Override
    public void close() {
        process.destroyForcibly();
    }

    private static String hmac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(ACCOUNT_KEY), "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All modules share one installation; the first that gets the lock makes it. */
    private static Path install() throws IOException, InterruptedException {
        Path project = Objects.requireNonNull(
                Path.of(System.getProperty("runnel.fixtures")).getParent());
        Path directory = Files.createDirectories(project.resolve("target/npm/azurite-" + VERSION));
        Path done = directory.resolve("installed");
        try (FileChannel channel = FileChannel.open(
                        directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (lock.isValid() && !Files.exists(done)) {
                Process npm = new ProcessBuilder(
                                "npm",
                                "install",
                                "--prefix",
                                directory.toString(),
                                "--ignore-scripts",
                                "--no-audit",
                                "--no-fund",
                                "azurite@" + VERSION)
                        .redirectErrorStream(true)
                        .start();
                String told = new String(npm.getInputStream().readAllBytes(), UTF_8);
                if (npm.waitFor() != 0) {
                    throw new IOException("npm did not install Azurite: " + told);
                }
                Files.createFile(done);
            }
        }
        return directory;
    }

    private static boolean found(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(path.split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
