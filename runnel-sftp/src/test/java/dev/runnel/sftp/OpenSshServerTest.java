package dev.runnel.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.testkit.sftp.OpenSshServer;
import dev.runnel.testkit.volume.SmallVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be seen of files on the machine of the server. Skipped where OpenSSH's server is not installed. */
@SuppressWarnings("NullAway.Init")
class OpenSshServerTest {

    @TempDir
    private static Path folder;

    private static OpenSshServer server;

    @BeforeAll
    static void start() throws IOException {
        server = OpenSshServer.start(folder.resolve("sshd"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static SftpObjectStore store(Path root) throws IOException {
        return new SftpObjectStore(Settings.of(server), root.toString());
    }

    @Test
    void objectsAreFilesWithTheirTimestamps() throws IOException {
        Path root = folder.resolve("plain/deep");
        try (SftpObjectStore store = store(root)) {
            store.put(
                    "ltx/0/a.ltx",
                    ObjectBody.of(new byte[5]),
                    PutCondition.any(),
                    Instant.parse("2026-01-02T03:04:05.678Z"));
        }
        Path file = root.resolve("ltx/0/a.ltx");
        assertThat(file).hasSize(5);
        assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo("2026-01-02T03:04:05Z");
        try (var names = Files.list(root.resolve("ltx/0"))) {
            assertThat(names).containsExactly(file);
        }
    }

    @Test
    void aFullDiskIsTold() throws IOException {
        try (SmallVolume volume = SmallVolume.mount(folder.resolve("small"), 2048);
                SftpObjectStore store = store(volume.path("backup"))) {
            store.put("a", ObjectBody.of(new byte[1000]), PutCondition.any(), null);
            assertThatThrownBy(() -> store.put("b", ObjectBody.of(new byte[5_000_000]), PutCondition.any(), null))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("object b in sftp://" + server.user() + "@127.0.0.1:" + server.port()
                            + volume.path("backup"))
                    .hasMessageContaining("the disk of the server is full")
                    .hasMessageContaining("free space there");
            store.put("c", ObjectBody.of(new byte[1_000_000]), PutCondition.any(), null);
            assertThat(store.head("a").size()).isEqualTo(1000);
            try (var names = Files.list(volume.path("backup"))) {
                assertThat(names).as("what did not fit is removed").hasSize(2);
            }
        }
    }

    @Test
    void aReadOnlyPlaceIsTold() throws IOException {
        try (SmallVolume volume = SmallVolume.mount(folder.resolve("readonly"), 1024);
                SftpObjectStore store = store(volume.path("backup"))) {
            store.put("a", ObjectBody.of(new byte[10]), PutCondition.any(), null);
            volume.readOnly(true);
            assertThatThrownBy(() -> store.put("b", ObjectBody.of(new byte[10]), PutCondition.any(), null))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("object b in sftp://")
                    .hasMessageContaining("read-only mounts");
            volume.readOnly(false);
        }
    }

    @Test
    void linksAreFollowedButNotInCircles() throws IOException {
        Path root = Files.createDirectory(folder.resolve("links"));
        List<String> keys = new ArrayList<>();
        try (SftpObjectStore store = store(root)) {
            store.put("real/x", ObjectBody.of(new byte[1]), PutCondition.any(), null);
            Files.createSymbolicLink(root.resolve("link"), Path.of("real"));
            Files.createSymbolicLink(root.resolve("real/up"), Path.of(".."));
            Files.createSymbolicLink(root.resolve("file"), Path.of("real/x"));
            Files.createSymbolicLink(root.resolve("dangling"), Path.of("nothing"));
            try (ObjectListing listing = store.list("", null)) {
                for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                    keys.add(entry.key());
                }
            }
        }
        assertThat(keys).containsExactly("file", "link/x", "real/x");
    }
}
