package dev.runnel.s3;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What tests of a store on a service that answers as it is told have in common. */
@SuppressWarnings("NullAway.Init")
abstract class StubS3Test {

    StubS3 stub;
    S3ObjectStore store;

    @BeforeEach
    void start() throws IOException {
        stub = new StubS3();
        store = new S3ObjectStore(stub.settings().build(), new TestTime());
    }

    @AfterEach
    void stop() {
        store.close();
        stub.close();
    }
}
