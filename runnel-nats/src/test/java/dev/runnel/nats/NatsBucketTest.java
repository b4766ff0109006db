package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.engine.SystemTime;
import dev.runnel.model.TimeSource;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.PutCondition;
import dev.runnel.testkit.nats.NatsServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of a store in the bucket {@code b} of a server of their own have in common. */
@SuppressWarnings("NullAway.Init")
abstract class NatsBucketTest {

    @TempDir
    Path folder;

    NatsServer server;
    NatsObjectStore store;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(NatsServer.isPossible(), "nats-server is not installed");
        server = NatsServer.start(folder.resolve("server"));
        server.createBucket("b");
        store = new NatsObjectStore(Settings.of(server, "b"), time());
    }

    @AfterEach
    void stop() throws IOException {
        if (server != null) {
            store.close();
            server.close();
        }
    }

    /** The time of the store. */
    TimeSource time() {
        return new SystemTime();
    }

    /** Stores an object that holds its own key. */
    void put(String key) throws IOException {
        put(store, key);
    }

    /** The same by another connection. */
    static ObjectEntry put(NatsObjectStore store, String key) throws IOException {
        return store.put(key, ObjectBody.of(key.getBytes(UTF_8)), PutCondition.any(), null);
    }
}
