package dev.runnel.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.runnel.sftp.SftpSettings.Address;
import dev.runnel.sftp.SftpSettings.Login;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.sftp.SftpTestServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong, how it is told, and that it is over when it is over. */
@SuppressWarnings("NullAway.Init")
class SftpFailureTest {

    @TempDir
    private Path folder;

    private SftpTestServer server;
    private SftpObjectStore store;

    @BeforeEach
    void start() throws IOException {
        server = SftpTestServer.start(folder.resolve("served"));
        store = new SftpObjectStore(Settings.of(server), "/backup");
    }

    @AfterEach
    void stop() throws IOException {
        store.close();
        server.close();
    }

    private static ObjectBody body(int length) {
        return ObjectBody.of(new byte[length]);
    }

    private void put(String key) throws IOException {
        store.put(key, ObjectBody.of(key.getBytes(UTF_8)), PutCondition.any(), null);
    }

    private SftpObjectStore with(Login login, @Nullable String hostKey) {
        return new SftpObjectStore(
                new SftpSettings(
                        new Address("127.0.0.1", server.port()),
                        login,
                        hostKey == null ? null : HostKeyLine.parse(hostKey),
                        true),
                "/backup");
    }

    private static Throwable failureOf(SftpObjectStore store) {
        Throwable failure = catchThrowable(() -> store.head("x"));
        store.close();
        return failure;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> walk = Files.walk(server.root())) {
            return walk.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void aWrongPasswordIsRefusedForGood() {
        assertThat(failureOf(with(new Login(SftpTestServer.USER, "guess", null), server.hostKey())))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("sftp://127.0.0.1:" + server.port())
                .hasMessageContaining("refused the user runnel with the password")
                .hasMessageContaining("Check `user`, `password` and `key-path`")
                .hasMessageNotContaining("guess");
    }

    @Test
    void aKeyThatTheServerDoesNotKnowIsRefusedForGood() throws Exception {
        Path key = key(folder.resolve("key"), "");
        assertThat(failureOf(with(new Login(SftpTestServer.USER, null, key), server.hostKey())))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("with the key " + key)
                .hasMessageContaining("authorized_keys");
    }

    @Test
    void aKeyThatCannotBeUsedIsTold() throws Exception {
        Path locked = key(folder.resolve("locked"), "secret");
        Path text = Files.writeString(folder.resolve("text"), "hello");
        assertThat(failureOf(with(new Login("u", null, locked), server.hostKey())))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("`key-path` " + locked + " has a passphrase");
        assertThat(failureOf(with(new Login("u", null, text), server.hostKey())))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("`key-path` " + text + " holds no private key");
        assertThat(failureOf(with(new Login("u", null, folder.resolve("none")), server.hostKey())))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("none does not exist");
    }

    private static Path key(Path file, String passphrase) throws Exception {
        com.jcraft.jsch.KeyPair pair =
                com.jcraft.jsch.KeyPair.genKeyPair(new com.jcraft.jsch.JSch(), com.jcraft.jsch.KeyPair.RSA);
        pair.writePrivateKey(file.toString(), passphrase.isEmpty() ? null : passphrase.getBytes(UTF_8));
        return file;
    }

    @Test
    void anotherHostKeyIsRefusedWithTheFingerprintFound() {
        String other = SftpTestServer.otherHostKey();
        String found = HostKeyLine.parse(server.hostKey()).fingerprint();
        Login login = new Login(SftpTestServer.USER, SftpTestServer.PASSWORD, null);
        assertThat(failureOf(with(login, other)))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining(found)
                .hasMessageContaining(HostKeyLine.parse(other).fingerprint())
                .hasMessageContaining("write `host-key: " + server.hostKey() + "`");
        String ofAnotherType = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
        assertThat(failureOf(with(login, ofAnotherType)))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("no host key of the type ssh-ed25519")
                .hasMessageContaining("`ssh-keyscan -p " + server.port() + " 127.0.0.1`");
        assertThat(server.connections()).isZero();
    }

    @Test
    void withoutAHostKeyAnyWillDo() throws IOException {
        try (SftpObjectStore trusting = with(new Login(SftpTestServer.USER, SftpTestServer.PASSWORD, null), null)) {
            trusting.put("x", body(3), PutCondition.any(), null);
            assertThat(trusting.head("x").size()).isEqualTo(3);
        }
    }

    @Test
    void whereNobodyListensItIsWorthTryingAgain() throws IOException {
        server.stopListening();
        assertThatThrownBy(() -> put("x"))
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("sftp://127.0.0.1:" + server.port())
                .hasMessageContaining("is an SSH server running there");
        server.listen();
        put("x");
        assertThat(store.head("x").size()).isEqualTo(1);
    }

    @Test
    void anUnknownHostIsWorthTryingAgain() {
        SftpSettings nowhere =
                new SftpSettings(new Address("no-such-host.invalid", 22), new Login("u", "p", null), null, true);
        assertThat(failureOf(new SftpObjectStore(nowhere, "/backup")))
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("no-such-host.invalid")
                .hasMessageContaining("check `host`");
    }

    @Test
    void anIdleConnectionThatWasLostCostsNoError() throws Exception {
        put("a");
        server.dropConnections();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("runnel-sftp 127.0.0.1:" + server.port())) {
                thread.join(); // it ends as soon as the loss is noticed
            }
        }
        put("b");
        assertThat(store.head("a").size()).isEqualTo(1);
        assertThat(server.connections()).isEqualTo(2);
    }

    @Test
    void manyThreadsShareAConnection() throws Exception {
        put("a");
        List<Throwable> failures = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        CountDownLatch begin = new CountDownLatch(1);
        for (int i = 0; i < 8; i++) {
            String key = "k" + i;
            Thread thread = new Thread(() -> {
                try {
                    begin.await();
                    put(key);
                } catch (IOException | InterruptedException e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        begin.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void aConnectionLostInTheMiddleOfAnUploadStoresNothing() throws IOException {
        put("k");
        server.dropAfterWriting(1_000_000);
        assertThatThrownBy(() -> store.put("k", body(3_000_000), PutCondition.any(), null))
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("object k in sftp://runnel@127.0.0.1:" + server.port() + "/backup");
        assertThat(store.head("k").size()).isEqualTo(1);
        store.put("k", body(3_000_000), PutCondition.any(), null);
        assertThat(store.head("k").size()).isEqualTo(3_000_000);
        try (ObjectListing listing = store.list("", null)) {
            assertThat(listing.next()).extracting(ObjectEntry::key).isEqualTo("k");
            assertThat(listing.next()).as("what was half written is not listed").isNull();
        }
    }

    @Test
    void aRenamingWithoutReplyMayHaveHappened() throws IOException {
        put("a");
        server.dropAfterRenaming();
        assertThatThrownBy(() -> put("k"))
                .isInstanceOf(IndeterminateWriteException.class)
                .hasMessageContaining("object k in");
        assertThat(store.head("k").size()).isEqualTo(1);
    }

    @Test
    void aConnectionLostInTheMiddleOfADownloadIsWorthTryingAgain() throws IOException {
        int length = 8 * 1024 * 1024;
        store.put("k", body(length), PutCondition.any(), null);
        try (InputStream in = store.open("k", 0, length)) {
            assertThat(in.read()).isZero();
            server.dropConnections();
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(TransientStorageException.class)
                    .hasMessageContaining("object k in");
        }
        try (InputStream in = store.open("k", 0, length)) {
            assertThat(in.readAllBytes()).hasSize(length);
        }
    }

    @Test
    void aServerThatIsNoSshServerIsTold() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> {
                try (Socket socket = other.accept()) {
                    socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
                } catch (IOException e) {
                    // the test fails by what the store says
                }
            });
            answering.start();
            SftpSettings settings = new SftpSettings(
                    new Address("127.0.0.1", other.getLocalPort()), new Login("u", "p", null), null, true);
            assertThat(failureOf(new SftpObjectStore(settings, "/backup")))
                    .isInstanceOf(TransientStorageException.class)
                    .hasMessageContaining("sftp://127.0.0.1:" + other.getLocalPort());
            answering.join();
        }
    }

    @Test
    void aFileWhereADirectoryIsNeededIsNamed() throws IOException {
        put("a");
        assertThatThrownBy(() -> put("a/b"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("/backup/a is a file, not a directory");
        put("d/x");
        assertThatThrownBy(() -> put("d"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("there is a directory of that name");
        assertThat(files()).as("no temporary file stays").hasSize(2);
    }

    @Test
    void writesOneByOneWhereTheServerNeedsThat() throws IOException {
        SftpSettings settings = Settings.of(server);
        byte[] bytes = new byte[300_000];
        bytes[299_999] = 7;
        try (SftpObjectStore slow = new SftpObjectStore(
                new SftpSettings(settings.address(), settings.login(), settings.hostKey(), false), "/backup")) {
            slow.put("k", ObjectBody.of(bytes), PutCondition.any(), null);
            assertThat(slow.readTail("k", 1).bytes()).containsExactly(7);
        }
    }
}
