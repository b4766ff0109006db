package dev.runnel.age;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.s3.S3ObjectStore;
import dev.runnel.s3.S3Settings;
import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.s3.S3TestServer;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class EncryptedS3ContractTest extends EncryptingContract {

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
    ObjectStore createPlainStore() {
        String bucket = "encrypted-" + buckets.incrementAndGet();
        server.createBucket(bucket);
        S3Settings settings = S3Settings.builder()
                .bucket(bucket)
                .endpoint(server.endpoint())
                .accessKeyId(S3TestServer.ACCESS_KEY_ID)
                .secretAccessKey(S3TestServer.SECRET_ACCESS_KEY)
                .build();
        return new S3ObjectStore(settings, Keys.clock());
    }

    /** As in the test of the S3 store: S3Proxy keeps the objects in a tree. */
    @Override
    protected boolean isTree() {
        return true;
    }

    /** As there: S3Proxy orders as Java orders strings. */
    @Test
    @Override
    protected void ordersByCodePointAboveTheBasicPlane() throws IOException {
        assertThat(listOfTwoPlanes()).containsExactly("u/\uD83D\uDE80", "u/\uFB03");
    }
}
