package dev.runnel.web.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.engine.SystemTime;
import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.azure.AzuriteServer;
import dev.runnel.testkit.storage.ObjectStoreContract;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Against Azurite, which checks the signatures. */
@SuppressWarnings("NullAway.Init")
class AzureObjectStoreContractTest extends ObjectStoreContract {

    private static AzuriteServer server;
    private static final AtomicInteger containers = new AtomicInteger();

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(AzuriteServer.isPossible(), "node and npm are not installed");
        server = AzuriteServer.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected ObjectStore createStore() throws Exception {
        String container = "contract-" + containers.incrementAndGet();
        server.createContainer(container);
        return new AzureObjectStore(
                AzureSettings.builder()
                        .account(AzuriteServer.ACCOUNT)
                        .accountKey(AzuriteServer.ACCOUNT_KEY)
                        .endpoint(server.endpoint())
                        .container(container)
                        .build(),
                new SystemTime());
    }

    /** Deviation of the server: JavaScript orders strings as Java does. The keys of Runnel are ASCII. */
    @Test
    @Override
    protected void ordersByCodePointAboveTheBasicPlane() throws IOException {
        assertThat(listOfTwoPlanes()).containsExactly("u/\uD83D\uDE80", "u/\uFB03");
    }
}
