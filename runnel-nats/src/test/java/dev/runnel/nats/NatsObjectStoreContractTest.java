package dev.runnel.nats;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.engine.SystemTime;
import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.nats.NatsServer;
import dev.runnel.testkit.storage.ObjectStoreContract;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Against the NATS server. */
@SuppressWarnings("NullAway.Init")
class NatsObjectStoreContractTest extends ObjectStoreContract {

    @TempDir
    private static Path folder;

    private static NatsServer server;
    private static final AtomicInteger buckets = new AtomicInteger();

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(NatsServer.isPossible(), "nats-server is not installed");
        server = NatsServer.start(folder.resolve("server"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected ObjectStore createStore() throws Exception {
        String bucket = "contract-" + buckets.incrementAndGet();
        server.createBucket(bucket);
        return new NatsObjectStore(Settings.of(server, bucket), new SystemTime());
    }
}
