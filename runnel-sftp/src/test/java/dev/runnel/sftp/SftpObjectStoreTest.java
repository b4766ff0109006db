package dev.runnel.sftp;

import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.sftp.SftpTestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
class SftpObjectStoreTest extends SftpContract {

    private static SftpTestServer server;
    private static final AtomicInteger roots = new AtomicInteger();

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        server = SftpTestServer.start(folder);
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Override
    protected ObjectStore createStore() {
        return new SftpObjectStore(Settings.of(server), "/contract/" + roots.incrementAndGet());
    }

    /** Deviation of the server: it ends the connection at times after 2038. */
    @Override
    protected List<Instant> timestamps() {
        Instant last = Instant.parse("2038-01-19T03:14:07Z");
        return super.timestamps().stream().filter(t -> t.isBefore(last)).toList();
    }
}
