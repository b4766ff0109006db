package dev.runnel.cli.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.runnel.cli.http.HttpClient;
import dev.runnel.cli.http.Response;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the private socket stands, and that both sides find the same place. */
class PrivateSocketTest {

    private static final DaemonId ID = DaemonId.ofConfig(Path.of("/etc/litestream.yml"));
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void end() {
        timer.shutdownNow();
    }

    private SocketPlaces places(Map<String, String> environment) {
        return new SocketPlaces(environment, directory.resolve("state"), directory.resolve("tmp"));
    }

    private SocketPlaces here() {
        return places(Map.of("RUNNEL_RUNTIME_DIR", directory.resolve("run").toString()));
    }

    private PrivateSocket socket(SocketPlaces places) {
        return new PrivateSocket(places, ID, request -> Response.text(200, "me"), timer);
    }

    private static String ask(SocketPlaces places) throws IOException {
        return new DaemonClient(places, ID)
                .send("GET", "/", "", PATIENCE)
                .response()
                .bodyText();
    }

    @Test
    void placesInOrder() {
        List<String> all = places(Map.of("RUNNEL_RUNTIME_DIR", "/a", "XDG_RUNTIME_DIR", "/b")).directories().stream()
                .map(place -> place.path().toString())
                .toList();
        assertThat(all.subList(0, 4))
                .containsExactly(
                        "/a",
                        "/b/runnel",
                        "/run/runnel",
                        directory.resolve("state/runnel").toString());
        assertThat(all.get(4)).startsWith(directory.resolve("tmp/runnel-").toString());
        assertThat(places(Map.of("RUNNEL_RUNTIME_DIR", "")).directories()).hasSize(3);
    }

    @Test
    void anIdIsOfItsConfigurationOrItsDatabases() {
        assertThat(DaemonId.ofConfig(Path.of("/etc/../etc/litestream.yml"))).isEqualTo(ID);
        assertThat(DaemonId.ofConfig(Path.of("/etc/runnel.yml")).digest()).isNotEqualTo(ID.digest());
        Path a = Path.of("/a.db");
        Path b = Path.of("/b.db");
        assertThat(DaemonId.ofDatabases(List.of(a, b))).isEqualTo(DaemonId.ofDatabases(List.of(b, a)));
        assertThat(DaemonId.ofDatabases(List.of(a))).isNotEqualTo(DaemonId.ofDatabases(List.of(a, b)));
        assertThat(DaemonId.ofDatabases(List.of(a)).digest())
                .isNotEqualTo(DaemonId.ofConfig(a).digest());
    }

    /** Who looks for a daemon gets in line, and a stopped one lets nobody in: in time the line is full. */
    @Test
    void aDaemonThatIsStoppedIsNotWaitedFor() throws Exception {
        Path path = directory.resolve("stopped.sock");
        List<SocketChannel> line = new ArrayList<>();
        try (ServerSocketChannel stopped = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stopped.bind(UnixDomainSocketAddress.of(path), 1);
            assertThatExceptionOfType(SocketException.class).isThrownBy(() -> {
                while (true) {
                    SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
                    line.add(client);
                    client.configureBlocking(false);
                    client.connect(UnixDomainSocketAddress.of(path));
                }
            });
            Future<?> next = timer.submit(() -> SocketFile.listen(path, 0600));
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> next.get(1, TimeUnit.MINUTES))
                    .withCauseInstanceOf(SocketFile.InUseException.class);
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> HttpClient.send(path, "GET", "/", "", Duration.ofMillis(10)));
        } finally {
            for (SocketChannel client : line) {
                client.close();
            }
        }
    }

    @Test
    void aPathThatIsTooLongIsNoPlace() throws IOException {
        Path deep = directory.resolve("x".repeat(80));
        assertThat(SocketPlaces.socket(new SocketPlaces.Place(deep, false), ID)).isNull();
        SocketPlaces places =
                places(Map.of("RUNNEL_RUNTIME_DIR", deep.toString(), "XDG_RUNTIME_DIR", directory.toString()));
        try (PrivateSocket socket = socket(places)) {
            socket.lookAfter();
            assertThat(ask(places)).isEqualTo("me");
            assertThat(directory.resolve("runnel/runnel-" + ID.digest() + ".sock"))
                    .exists();
        }
        assertThat(directory.resolve("runnel")).isEmptyDirectory();
    }

    @Test
    void onlyTheOwnerMaySpeakToIt() throws IOException {
        try (PrivateSocket socket = socket(here())) {
            socket.lookAfter();
            try (Stream<Path> files = Files.list(directory.resolve("run"))) {
                assertThat(PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(files.findAny().orElseThrow())))
                        .isEqualTo("rw-------");
            }
        }
    }

    /** In a directory that anybody could have made, only one's own is trusted, on both sides. */
    @Test
    void aTemporaryDirectoryThatOthersCanWriteToIsNotTrusted() throws IOException {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        SocketPlaces.Place place = new SocketPlaces.Place(shared, true);
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatExceptionOfType(IOException.class).isThrownBy(place::prepare).withMessageContaining("another user");
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwx------"));
        place.prepare();
        Path made = directory.resolve("made");
        new SocketPlaces.Place(made, true).prepare();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
        Path link = Files.createSymbolicLink(directory.resolve("link"), made);
        assertThatExceptionOfType(IOException.class).isThrownBy(new SocketPlaces.Place(link, true)::prepare);
    }

    @Test
    void aSocketWhoseFileWasDeletedIsOpenedAnew() throws IOException {
        SocketPlaces places = here();
        try (PrivateSocket socket = socket(places)) {
            socket.lookAfter();
            Files.delete(directory.resolve("run/runnel-" + ID.digest() + ".sock"));
            assertThatExceptionOfType(DaemonClient.UnreachableException.class).isThrownBy(() -> ask(places));
            socket.lookAfter();
            assertThat(ask(places)).isEqualTo("me");
            socket.lookAfter();
            assertThat(ask(places)).isEqualTo("me");
        }
    }

    @Test
    void theSecondTakesOverWhenTheFirstIsGone() throws IOException {
        SocketPlaces places = here();
        PrivateSocket first = socket(places);
        try (PrivateSocket second = new PrivateSocket(places, ID, request -> Response.text(200, "the second"), timer)) {
            first.lookAfter();
            second.lookAfter();
            assertThat(ask(places)).isEqualTo("me");
            first.close();
            second.lookAfter();
            assertThat(ask(places)).isEqualTo("the second");
        }
        assertThatExceptionOfType(DaemonClient.UnreachableException.class)
                .isThrownBy(() -> ask(places))
                .withMessage("the daemon of /etc/litestream.yml is not running");
    }
}
