package dev.runnel.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelLocksTest {

    // Device 8:1, as st_dev encodes it.
    private static final FileIdentity FILE = new FileIdentity(8 << 8 | 1, 12345);

    @TempDir
    Path directory;

    private boolean held(long position, String... lines) throws IOException {
        Path table = Files.write(directory.resolve("locks"), java.util.List.of(lines));
        return new KernelLocks(table, 100).heldByOther(FILE, position);
    }

    @Test
    void aLockOfAnotherProcessCounts() throws IOException {
        assertThat(held(128, "1: POSIX  ADVISORY  READ  4711 08:01:12345 128 128"))
                .isTrue();
        assertThat(held(128, "23: POSIX  ADVISORY  WRITE 4711 08:01:12345 120 130"))
                .isTrue();
        assertThat(held(128, "1: POSIX  ADVISORY  READ  4711 08:01:12345 0 EOF"))
                .isTrue();
        assertThat(held(
                        128,
                        "1: FLOCK  ADVISORY  WRITE 1 08:01:1 0 EOF",
                        "2: POSIX  ADVISORY  READ 4711 08:01:12345 128 128"))
                .isTrue();
    }

    @Test
    void othersDoNot() throws IOException {
        assertThat(held(128)).isFalse();
        assertThat(held(128, "1: POSIX  ADVISORY  READ  100 08:01:12345 128 128"))
                .as("our own")
                .isFalse();
        assertThat(held(128, "1: POSIX  ADVISORY  READ  4711 08:01:12345 120 127"))
                .isFalse();
        assertThat(held(128, "1: POSIX  ADVISORY  READ  4711 08:01:12345 129 EOF"))
                .isFalse();
        assertThat(held(128, "1: POSIX  ADVISORY  READ  4711 08:01:12346 128 128"))
                .isFalse();
        assertThat(held(128, "1: POSIX  ADVISORY  READ  4711 08:02:12345 128 128"))
                .isFalse();
        assertThat(held(128, "1: POSIX  ADVISORY  READ  4711 09:01:12345 128 128"))
                .isFalse();
        assertThat(held(128, "1: FLOCK  ADVISORY  READ  4711 08:01:12345 128 128"))
                .isFalse();
        assertThat(held(128, "1: -> POSIX  ADVISORY  WRITE 4711 08:01:12345 128 128"))
                .as("a process that waits for it")
                .isFalse();
        assertThat(held(128, "1: OFDLCK ADVISORY  READ  -1 08:01:12345 128 128", "", "nonsense"))
                .isFalse();
    }

    @Test
    void allOfAFileAreTold() throws IOException {
        Path table = Files.write(
                directory.resolve("locks"),
                java.util.List.of(
                        "1: POSIX  ADVISORY  READ  4711 08:01:12345 128 128",
                        "2: POSIX  ADVISORY  READ  100 08:01:12345 124 124",
                        "3: POSIX  ADVISORY  WRITE 4712 08:01:12345 120 121",
                        "4: POSIX  ADVISORY  WRITE 4712 08:01:12346 122 122",
                        "5: POSIX  ADVISORY  READ  4711 08:01:12345 200 EOF"));
        assertThat(new KernelLocks(table, 100).heldByOthers(FILE))
                .containsExactly(
                        new KernelLocks.Range(128, 128),
                        new KernelLocks.Range(120, 121),
                        new KernelLocks.Range(200, Long.MAX_VALUE));
    }

    @Test
    void withoutATableNothingIsSeen() {
        assertThat(new KernelLocks(directory.resolve("none"), 100).heldByOther(FILE, 128))
                .isFalse();
    }

    @Test
    void deviceNumbersAreThoseOfTheKernel() {
        FileIdentity nvme = new FileIdentity(0x10300 | 5, 1); // 259:5
        assertThat(nvme.major()).isEqualTo(259);
        assertThat(nvme.minor()).isEqualTo(5);
        FileIdentity large = new FileIdentity(0xfd00L | 0x12 | 0x345L << 20, 1); // 253:0x34512
        assertThat(large.major()).isEqualTo(253);
        assertThat(large.minor()).isEqualTo(0x34512);
    }

    @Test
    void theTableOfThisMachineShowsAnApplication() throws IOException {
        Path database = directory.resolve("app.db");
        try (SqliteShell app = SqliteShell.open(database, "pragma journal_mode=wal", "create table t(x)")) {
            assertThat(ProcLocks.of(app.pid(), Path.of(database + "-shm"))).contains("READ 128");
            FileIdentity shm = FileIdentity.of(Path.of(database + "-shm"));
            assertThat(shm).isNotNull();
            assertThat(KernelLocks.ofThisProcess().heldByOther(shm, 128)).isTrue();
            assertThat(KernelLocks.ofThisProcess().heldByOther(shm, 120)).isFalse();
        }
    }
}
