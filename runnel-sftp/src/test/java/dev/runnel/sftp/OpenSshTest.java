package dev.runnel.sftp;

import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.sftp.OpenSshServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract on the server that most people have. Skipped where it is not installed. */
@SuppressWarnings("NullAway.Init")
class OpenSshTest extends SftpContract {

    @TempDir
    private static Path folder;

    private static OpenSshServer server;
    private static final AtomicInteger roots = new AtomicInteger();

    @BeforeAll
    static void start() throws IOException {
        server = OpenSshServer.start(folder.resolve("sshd"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    protected ObjectStore createStore() throws IOException {
        return new SftpObjectStore(
                Settings.of(server),
                folder.resolve("objects" + roots.incrementAndGet()).toString());
    }
}
