package dev.runnel.web.webdav;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.engine.SystemTime;
import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.storage.ObjectStoreContract;
import dev.runnel.testkit.webdav.ApacheServer;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Against the Apache HTTP server. */
@SuppressWarnings("NullAway.Init")
class WebDavObjectStoreContractTest extends ObjectStoreContract {

    private static ApacheServer server;
    private static final AtomicInteger folders = new AtomicInteger();

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(ApacheServer.isPossible(), "apache2-bin is not installed");
        server = ApacheServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected ObjectStore createStore() throws Exception {
        String url =
                server.createFolder("contract " + folders.incrementAndGet()).replace(" ", "%20");
        return new WebDavObjectStore(
                WebDavSettings.of(url, ApacheServer.USERNAME, ApacheServer.PASSWORD), new SystemTime());
    }

    @Override
    protected boolean isTree() {
        return true;
    }

    @Override
    protected @Nullable Instant kept(Instant timestamp) {
        return null;
    }

    @Override
    protected boolean replacesInOneStep() {
        return false;
    }
}
