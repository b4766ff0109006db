package dev.runnel.s3;

import static dev.runnel.s3.StubS3.error;
import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.hangUp;
import static dev.runnel.testkit.http.StubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.Level;
import dev.runnel.model.TxRange;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.http.StubServer;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Which answer and which broken connection becomes which exception, and what its message says. */
class S3FailureTest extends StubS3Test {

    @Test
    void absentObjectAndAbsentBucketDiffer() {
        stub.answer(error(404, "NoSuchKey"));
        reading().isInstanceOf(ObjectNotFoundException.class).hasMessageContaining("object k in s3://bucket at");
        stub.answer(status(404));
        assertThatThrownBy(() -> store.head("k")).isInstanceOf(ObjectNotFoundException.class);
        stub.answer(error(404, "NoSuchBucket"));
        reading()
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("there is no bucket bucket at " + stub.endpoint())
                .hasMessageContaining("create it");
        writing(PutCondition.any()).isExactlyInstanceOf(StorageException.class);
        writing(PutCondition.ifMatch("\"x\"")).isExactlyInstanceOf(StorageException.class);
    }

    @Test
    void refusalsNameKeyBucketAndRemedy() {
        stub.answer(error(403, "AccessDenied"));
        writing(PutCondition.any())
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("key stub-key lacks a permission on bucket bucket")
                .hasMessageContaining("s3:PutObject");
        assertThat(stub.requests()).as("refusals are not repeated").hasSize(1);
        stub.answer(error(403, "InvalidAccessKeyId"));
        writing(PutCondition.any()).hasMessageContaining("does not know key stub-key");
        stub.answer(error(403, "SignatureDoesNotMatch"));
        writing(PutCondition.any()).hasMessageContaining("secret-access-key does not belong to key stub-key");
        stub.answer(error(400, "ExpiredToken"));
        reading().isExactlyInstanceOf(StorageException.class).hasMessageContaining("expired");
        stub.answer(status(403));
        assertThatThrownBy(() -> store.head("k"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("s3:GetObject");
    }

    @Test
    void clockSkewIsToldAsSuch() {
        stub.answer(error(403, "RequestTimeTooSkewed"));
        writing(PutCondition.any())
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("the clock of this machine")
                .hasMessageContaining("NTP");
    }

    @Test
    void wrongRegionNamesTheRightOne() {
        stub.answer(error(301, "PermanentRedirect", "x-amz-bucket-region", "eu-north-1"));
        reading()
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("bucket bucket is in eu-north-1, not in us-east-1: set region");
        stub.answer(error(400, "AuthorizationHeaderMalformed", "x-amz-bucket-region", "eu-north-1"));
        reading().hasMessageContaining("set region");
    }

    @Test
    void passingFaultsOfReadsAreTransientAfterThreeAttempts() throws IOException {
        for (StubServer.Answer answer : List.of(
                status(408),
                status(429),
                status(500),
                status(502),
                error(503, "SlowDown"),
                error(400, "RequestTimeout"),
                hangUp())) {
            stub.answer(answer);
            reading().isInstanceOf(TransientStorageException.class).hasMessageContaining("k");
            long attempts = stub.requests().stream()
                    .map(r -> r.header("amz-sdk-request")) // HttpURLConnection may send each twice
                    .distinct()
                    .count();
            assertThat(attempts).isEqualTo(S3Clients.ATTEMPTS);
        }
        stub.answer(status(500), status(503), body(206, "x", "Content-Range", "bytes 0-0/1"));
        assertThat(readOne()).isEqualTo((byte) 'x');
    }

    @Test
    void writesThatTheServiceRefusedAreTransient() {
        for (StubServer.Answer answer : List.of(status(408), status(429), error(503, "SlowDown"), status(503))) {
            stub.answer(answer);
            writing(PutCondition.ifAbsent()).isInstanceOf(TransientStorageException.class);
        }
    }

    @Test
    void writesThatMayHaveHappenedAreIndeterminate() {
        for (StubServer.Answer answer : List.of(status(500), status(502), status(504), hangUp())) {
            stub.answer(answer);
            writing(PutCondition.any())
                    .isInstanceOf(IndeterminateWriteException.class)
                    .hasMessageContaining("look at what is stored");
        }
        // Refused in the end, but an attempt before may have been the one that wrote.
        stub.answer(hangUp(), error(503, "SlowDown"));
        writing(PutCondition.any()).isInstanceOf(IndeterminateWriteException.class);
    }

    @Test
    void preconditionFailedIsNeverOurOwnDoing() throws IOException {
        stub.answer(error(412, "PreconditionFailed"));
        writing(PutCondition.ifAbsent()).isInstanceOf(PreconditionFailedException.class);
        writing(PutCondition.ifMatch("\"x\"")).isInstanceOf(PreconditionFailedException.class);
        stub.answer(hangUp(), error(412, "PreconditionFailed"));
        writing(PutCondition.ifAbsent()).isInstanceOf(IndeterminateWriteException.class);
        assertThat(stub.requests()).hasSize(2);
        stub.answer(status(500), error(412, "PreconditionFailed"));
        writing(PutCondition.ifAbsent()).isInstanceOf(IndeterminateWriteException.class);
        stub.answer(error(503, "SlowDown"), error(412, "PreconditionFailed"));
        writing(PutCondition.ifAbsent()).isInstanceOf(PreconditionFailedException.class);
        stub.answer(hangUp(), status(200, "ETag", "\"e\""));
        assertThat(store.put("k", ObjectBody.of(new byte[3]), PutCondition.ifAbsent(), null)
                        .etag())
                .isEqualTo("\"e\"");
    }

    /** HttpURLConnection by itself repeats requests without a body; a write must not be one of them. */
    @Test
    void nothingRepeatsAWriteBehindOurBack() {
        for (int length : new int[] {0, 1, 100_000}) {
            ObjectBody body = ObjectBody.of(new byte[length]);
            stub.answer(error(503, "SlowDown"), hangUp(), error(412, "PreconditionFailed"));
            assertThatThrownBy(() -> store.put("k", body, PutCondition.ifAbsent(), null))
                    .as("%d bytes", length)
                    .isInstanceOf(IndeterminateWriteException.class);
            assertThat(stub.requests())
                    .extracting(r -> r.header("amz-sdk-request"))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void conditionOnAnAbsentObjectFails() {
        stub.answer(error(404, "NoSuchKey"));
        writing(PutCondition.ifMatch("\"x\""))
                .isInstanceOf(PreconditionFailedException.class)
                .hasMessageContaining("expected etag");
    }

    @Test
    void concurrentConditionalWritesCanBeRepeated() {
        stub.answer(error(409, "ConditionalRequestConflict"));
        writing(PutCondition.ifAbsent()).isInstanceOf(TransientStorageException.class);
    }

    @Test
    void unimplementedIsSaidSo() {
        stub.answer(error(501, "NotImplemented"));
        writing(PutCondition.ifAbsent())
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("does not implement")
                .hasMessageContaining("set conditional-writes: false");
    }

    @Test
    void deadPortIsTransientAndNamesTheEndpoint() throws IOException {
        String endpoint = "http://127.0.0.1:1";
        try (S3ObjectStore dead =
                new S3ObjectStore(stub.settings().endpoint(endpoint).build(), new TestTime())) {
            assertThatThrownBy(() -> dead.head("k"))
                    .isInstanceOf(TransientStorageException.class)
                    .hasMessageContaining("cannot connect to " + endpoint);
            assertThatThrownBy(() -> dead.put("k", ObjectBody.of(new byte[3]), PutCondition.ifAbsent(), null))
                    .isInstanceOf(TransientStorageException.class)
                    .hasMessageContaining(endpoint);
            assertThatThrownBy(() -> dead.put("k", ObjectBody.of(new byte[6 << 20]), PutCondition.any(), null))
                    .isInstanceOf(TransientStorageException.class);
        }
    }

    @Test
    void unknownHostIsTransientAndNamesIt() throws IOException {
        S3Settings settings =
                stub.settings().endpoint("http://no-such-host.invalid:9000").build();
        try (S3ObjectStore lost = new S3ObjectStore(settings, new TestTime())) {
            assertThatThrownBy(() -> lost.head("k"))
                    .isInstanceOf(TransientStorageException.class)
                    .hasMessageContaining("no-such-host.invalid");
        }
    }

    @Test
    void truncatedBodyIsTransient() {
        stub.answer(exchange -> {
            exchange.getResponseHeaders().set("Content-Range", "bytes 0-99/100");
            exchange.sendResponseHeaders(206, 100);
            exchange.getResponseBody().write(new byte[40]);
            exchange.getResponseBody().flush();
        });
        assertThatThrownBy(() -> {
                    try (InputStream in = store.open("k", 0, 100)) {
                        in.readAllBytes();
                    }
                })
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("k");
        assertThatThrownBy(() -> store.readTail("k", 100)).isInstanceOf(TransientStorageException.class);
    }

    /** Nothing in HTTP tells that a body is another one: what is in it does. */
    @Test
    void wrongBodyIsFoundByItsContent() {
        stub.answer(body(
                206, "<html>please log in</html>".repeat(10).substring(0, 100), "Content-Range", "bytes 0-99/200"));
        ReplicaArchive archive = new ReplicaArchive(store, ReplicaLayout.s3("app"));
        LtxFile file = new LtxFile(Level.L0, TxRange.of(7, 7), 200, Instant.EPOCH, false);
        assertThatThrownBy(() -> archive.header(file))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining("0000000000000007");
    }

    @Test
    void everyAnswerToEveryCallIsInTheVocabulary() {
        List<ThrowingCallable> reads = List.of(
                () -> store.head("k"),
                this::readOne,
                () -> store.readTail("k", 8),
                () -> store.list("p/", null).next(),
                () -> store.delete(List.of("k")));
        for (int status : new int[] {429, 500}) {
            stub.answer(status(status));
            for (ThrowingCallable read : reads) {
                assertThatThrownBy(read).as("%d", status).isInstanceOf(TransientStorageException.class);
            }
            Class<?> written = status == 500 ? IndeterminateWriteException.class : TransientStorageException.class;
            writing(PutCondition.ifAbsent()).as("%d", status).isInstanceOf(written);
            writing(PutCondition.ifMatch("\"x\"")).as("%d", status).isInstanceOf(written);
        }
        stub.answer(error(403, "AccessDenied"));
        for (ThrowingCallable read : reads) {
            assertThatThrownBy(read).isExactlyInstanceOf(StorageException.class);
        }
        writing(PutCondition.ifAbsent()).isExactlyInstanceOf(StorageException.class);
        stub.answer(error(404, "NoSuchKey"));
        for (ThrowingCallable read : reads.subList(0, 3)) {
            assertThatThrownBy(read).isInstanceOf(ObjectNotFoundException.class);
        }
    }

    @Test
    void serviceThatIgnoresRangesIsFoundOut() {
        stub.answer(body(200, "0123456789"));
        assertThatThrownBy(() -> store.open("k", 5, 5))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("whole object instead of a range");
        assertThatThrownBy(() -> store.readTail("k", 5)).isExactlyInstanceOf(StorageException.class);
    }

    @Test
    void deletionReportsKeys() throws IOException {
        stub.answer(body(200, deleted("AccessDenied", "a/2")));
        assertThatThrownBy(() -> store.delete(List.of("a/1", "a/2")))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("object a/2")
                .hasMessageContaining("s3:DeleteObject");
        stub.answer(body(200, deleted("InternalError", "a/2")));
        assertThatThrownBy(() -> store.delete(List.of("a/1", "a/2"))).isInstanceOf(TransientStorageException.class);
        stub.answer(body(200, deleted("NoSuchKey", "a/2")));
        store.delete(List.of("a/1", "a/2"));
    }

    private AbstractThrowableAssert<?, ? extends Throwable> reading() {
        return assertThatThrownBy(this::readOne);
    }

    private AbstractThrowableAssert<?, ? extends Throwable> writing(PutCondition condition) {
        return assertThatThrownBy(() -> store.put("k", ObjectBody.of(new byte[100]), condition, null));
    }

    private byte readOne() throws IOException {
        try (InputStream in = store.open("k", 0, 1)) {
            return (byte) in.read();
        }
    }

    private static String deleted(String code, String key) {
        return "<DeleteResult><Error><Key>" + key + "</Key><Code>" + code
                + "</Code><Message>m</Message></Error></DeleteResult>";
    }
}
