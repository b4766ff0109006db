package dev.runnel.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.s3.S3TestServer;
import dev.runnel.testkit.storage.ObjectStoreContract;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class S3ObjectStoreContractTest extends ObjectStoreContract {

    private static S3TestServer server;
    private static final AtomicInteger buckets = new AtomicInteger();

    @BeforeAll
    static void start() throws IOException {
        server = S3TestServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Override
    protected ObjectStore createStore() {
        String bucket = "contract-" + buckets.incrementAndGet();
        server.createBucket(bucket);
        S3Settings settings = S3Settings.builder()
                .bucket(bucket)
                .endpoint(server.endpoint())
                .accessKeyId(S3TestServer.ACCESS_KEY_ID)
                .secretAccessKey(S3TestServer.SECRET_ACCESS_KEY)
                .build();
        return new S3ObjectStore(settings, new TestTime());
    }

    /** Deviation of the server, not of S3: S3Proxy keeps the objects in a tree. */
    @Override
    protected boolean isTree() {
        return true;
    }

    /** Deviation of the server: S3 orders by UTF-8, S3Proxy as Java orders strings. The keys of Runnel are ASCII. */
    @Test
    @Override
    protected void ordersByCodePointAboveTheBasicPlane() throws IOException {
        assertThat(listOfTwoPlanes()).containsExactly("u/\uD83D\uDE80", "u/\uFB03");
    }
}
