package dev.runnel.web.gcs;

import dev.runnel.engine.SystemTime;
import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.gcs.GcsTestServer;
import dev.runnel.testkit.storage.ObjectStoreContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Against a strict server of the tests: there is no emulator by Google. It checks the signatures of the credentials. */
@SuppressWarnings("NullAway.Init")
class GcsObjectStoreContractTest extends ObjectStoreContract {

    @TempDir
    static Path directory;

    private static GcsTestServer server;
    private static Path credentials;
    private static final AtomicInteger buckets = new AtomicInteger();

    @BeforeAll
    static void start() throws IOException {
        server = GcsTestServer.start();
        credentials = server.writeCredentials(directory.resolve("key.json"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    protected ObjectStore createStore() {
        String bucket = "contract-" + buckets.incrementAndGet();
        server.createBucket(bucket);
        return new GcsObjectStore(
                new GcsSettings(
                        bucket,
                        Map.of(
                                "STORAGE_EMULATOR_HOST",
                                server.endpoint(),
                                "GOOGLE_APPLICATION_CREDENTIALS",
                                credentials.toString())),
                new SystemTime());
    }
}
