package dev.runnel.s3;

import static dev.runnel.s3.StubS3.error;
import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.testkit.http.StubServer;
import dev.runnel.testkit.http.StubServer.Request;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes over the wire: the things in which services differ and SDK versions have broken them. */
@SuppressWarnings("NullAway.Init")
class S3RequestTest {

    private static final ObjectBody BODY = ObjectBody.of("hello".getBytes(UTF_8));
    private static final Instant TIMESTAMP = Instant.parse("2026-03-04T05:06:07.120Z");

    private StubS3 stub;

    @BeforeEach
    void start() throws IOException {
        stub = new StubS3();
        stub.answer(status(200, "ETag", "\"e\""));
    }

    @AfterEach
    void stop() {
        stub.close();
    }

    @Test
    void putIsPlain() throws Exception {
        ObjectEntry entry = put(stub.settings().build(), PutCondition.any(), TIMESTAMP);
        Request put = stub.last();
        assertThat(put.method()).isEqualTo("PUT");
        assertThat(put.path()).isEqualTo("/bucket/dir/k");
        assertThat(put.body()).isEqualTo("hello".getBytes(UTF_8));
        assertThat(put.header("content-length")).isEqualTo("5");
        assertThat(put.header("content-type")).isEqualTo("application/octet-stream");
        assertThat(put.header("x-amz-content-sha256")).isEqualTo(sha256("hello"));
        assertThat(put.header("x-amz-meta-litestream-timestamp")).isEqualTo("2026-03-04T05:06:07.12Z");
        assertThat(put.header("user-agent")).startsWith("runnel");
        assertThat(put.headers())
                .doesNotContainKeys(
                        "content-encoding",
                        "transfer-encoding",
                        "expect",
                        "x-amz-trailer",
                        "x-amz-decoded-content-length",
                        "x-amz-sdk-checksum-algorithm",
                        "if-none-match",
                        "if-match",
                        "x-amz-storage-class");
        assertThat(put.headers().keySet()).noneMatch(name -> name.startsWith("x-amz-checksum"));
        assertThat(put.header("authorization"))
                .contains("Credential=stub-key/")
                .contains("/us-east-1/s3/aws4_request")
                .doesNotContain("accept-encoding");
        assertThat(entry).isEqualTo(new ObjectEntry("dir/k", 5, entry.lastModified(), TIMESTAMP, "\"e\""));
        assertThat(entry.lastModified()).as("from the answer").isNotEqualTo(new TestTime().now());
    }

    @Test
    void keysAreEscapedOnceAndEmptySegmentsKept() throws Exception {
        for (Map.Entry<String, String> expected : Map.of(
                        "/0000/x.ltx", "/bucket//0000/x.ltx",
                        "a//b", "/bucket/a//b",
                        "a b+c%2F", "/bucket/a%20b%2Bc%252F",
                        "ä", "/bucket/%C3%A4")
                .entrySet()) {
            try (S3ObjectStore store = new S3ObjectStore(stub.settings().build(), new TestTime())) {
                store.put(expected.getKey(), BODY, PutCondition.any(), null);
            }
            assertThat(stub.last().path()).isEqualTo(expected.getValue());
        }
    }

    @Test
    void conditionsAreHeaders() throws Exception {
        put(stub.settings().build(), PutCondition.ifAbsent(), null);
        assertThat(stub.last().header("if-none-match")).isEqualTo("*");
        assertThat(stub.last().headers()).doesNotContainKeys("if-match", "x-amz-meta-litestream-timestamp");
        put(stub.settings().build(), PutCondition.ifMatch("\"e\""), null);
        assertThat(stub.last().header("if-match")).isEqualTo("\"e\"");
        S3Settings without = stub.settings().conditionalWrites(false).build();
        assertThatThrownBy(() -> put(without, PutCondition.ifAbsent(), null))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void encryptionAndStorageClassAreHeadersOfEveryRequestThatNeedsThem() throws Exception {
        byte[] key = new byte[32];
        String base64 = Base64.getEncoder().encodeToString(key);
        String md5 = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("MD5").digest(key));
        S3Settings settings = stub.settings()
                .sseCustomerKey(base64)
                .storageClass("STANDARD_IA")
                .build();
        put(settings, PutCondition.any(), null);
        assertThat(stub.last().header("x-amz-storage-class")).isEqualTo("STANDARD_IA");
        try (S3ObjectStore store = new S3ObjectStore(settings, new TestTime())) {
            assertThatThrownBy(() -> store.head("k"))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("no Content-Length");
            assertEncrypted(base64, md5);
            stub.answer(body(206, "x", "Content-Range", "bytes 0-0/1"));
            store.open("k", 0, 1).close();
            store.readTail("k", 1);
        }
        assertEncrypted(base64, md5);
        stub.answer(status(200, "ETag", "\"e\""));
        put(stub.settings().sseKmsKeyId("arn:kms").build(), PutCondition.any(), null);
        assertThat(stub.last().header("x-amz-server-side-encryption")).isEqualTo("aws:kms");
        assertThat(stub.last().header("x-amz-server-side-encryption-aws-kms-key-id"))
                .isEqualTo("arn:kms");
    }

    @Test
    void deletesThousandPerRequestWithMd5() throws Exception {
        stub.answer(body(200, "<DeleteResult/>"));
        List<String> keys = IntStream.range(0, 2001).mapToObj(i -> "k" + i).toList();
        try (S3ObjectStore store = new S3ObjectStore(stub.settings().build(), new TestTime())) {
            store.delete(keys);
            store.delete(List.of());
        }
        assertThat(stub.requests()).hasSize(3);
        Request last = stub.last();
        assertThat(new String(last.body(), UTF_8)).contains("<Key>k2000</Key>").contains("<Quiet>true</Quiet>");
        assertThat(last.header("content-md5")).isEqualTo(md5(last.body()));
        assertThat(last.headers()).doesNotContainKey("x-amz-trailer");
    }

    @Test
    void md5CanBeLeftOut() throws Exception {
        stub.answer(body(200, "<DeleteResult/>"));
        try (S3ObjectStore store =
                new S3ObjectStore(stub.settings().requireContentMd5(false).build(), new TestTime())) {
            store.delete(List.of("k"));
        }
        assertThat(stub.last().headers()).doesNotContainKey("content-md5");
    }

    @Test
    void headersOfTheProfileAreSent() throws Exception {
        S3Profile tigris = S3Profile.of("fly.storage.tigris.dev");
        assertThat(tigris.headers()).containsEntry("X-Tigris-Consistent", "true");
        S3Settings settings = stub.settings().build();
        try (S3Clients.Clients clients = S3Clients.create(settings, tigris, WireLog.NONE)) {
            clients.s3().headBucket(r -> r.bucket("bucket"));
        }
        assertThat(stub.last().header("x-tigris-consistent")).isEqualTo("true");
    }

    @Test
    void listingSendsStartOnceAndThenTokens() throws Exception {
        stub.answer(
                body(200, page("<NextContinuationToken>t1</NextContinuationToken>", "p/b", "p/c/")),
                body(200, page("", "p/d")));
        try (S3ObjectStore store = new S3ObjectStore(stub.settings().build(), new TestTime());
                ObjectListing listing = store.list("p/", "p/a")) {
            assertThat(stub.requests()).as("lazy").isEmpty();
            assertThat(listing.next()).extracting(ObjectEntry::key).isEqualTo("p/b");
            assertThat(stub.last().query())
                    .contains("list-type=2")
                    .contains("prefix=p%2F")
                    .contains("start-after=p%2Fa");
            assertThat(listing.next())
                    .as("not the marker p/c/")
                    .extracting(ObjectEntry::key)
                    .isEqualTo("p/d");
            assertThat(stub.last().query()).contains("continuation-token=t1").doesNotContain("start-after");
            assertThat(listing.next()).isNull();
            assertThat(stub.requests()).hasSize(2);
        }
    }

    /** Half a listing would be restored as if it were the whole: an older state, in silence. */
    @Test
    void aListingThatGoesOnNobodyKnowsWhereIsNotTakenForWhole() throws Exception {
        stub.answer(body(200, page("<NextMarker>p/b</NextMarker>", "p/b")));
        try (S3ObjectStore store = new S3ObjectStore(stub.settings().build(), new TestTime());
                ObjectListing listing = store.list("p/", null)) {
            assertThatThrownBy(() -> {
                        while (listing.next() != null) {
                            // to its end
                        }
                    })
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("ListObjectsV2");
        }
    }

    @Test
    void startOutsideThePrefixIsNotSent() throws Exception {
        stub.answer(body(200, page("", "p/d")));
        try (S3ObjectStore store = new S3ObjectStore(stub.settings().build(), new TestTime())) {
            assertThat(store.list("p/", "a").next()).isNotNull();
            assertThat(stub.last().query()).doesNotContain("start-after");
            assertThat(store.list("p/", "q").next()).isNull();
            assertThat(stub.requests()).hasSize(1);
        }
    }

    @Test
    void tailOfAnEmptyObjectIsOneRequest() throws Exception {
        stub.answer(error(416, "InvalidRange"));
        try (S3ObjectStore store = new S3ObjectStore(stub.settings().build(), new TestTime())) {
            assertThat(store.readTail("k", 16).objectSize()).isZero();
            assertThat(stub.last().header("range")).isEqualTo("bytes=-16");
            assertThat(stub.requests()).hasSize(1);
            assertThatThrownBy(() -> store.open("k", 0, 1)).isExactlyInstanceOf(StorageException.class);
        }
    }

    @Test
    void foreignTimestampsAreReadAndNonsenseIsNone() throws Exception {
        for (String text : List.of("2026-03-04T05:06:07.12Z", "2026-03-04T06:06:07.120000000+01:00", "yesterday")) {
            stub.answer(status(200, "x-amz-meta-litestream-timestamp", text, "Content-Length", "3"));
            try (S3ObjectStore store = new S3ObjectStore(stub.settings().build(), new TestTime())) {
                assertThat(store.head("k").timestamp()).isEqualTo(text.startsWith("y") ? null : TIMESTAMP);
            }
        }
    }

    @Test
    void conditionsAreProbed() throws Exception {
        try (S3ObjectStore store = new S3ObjectStore(stub.settings().build(), new TestTime())) {
            StubServer.Answer ok = status(200, "ETag", "\"e\"");
            StubServer.Answer refused = error(412, "PreconditionFailed");
            StubServer.Answer deleted = body(200, "<DeleteResult/>");
            stub.answer(ok, refused, refused, deleted);
            assertThat(store.probeConditions("probe")).isTrue();
            stub.answer(ok, ok, deleted);
            assertThat(store.probeConditions("probe")).as("ignored").isFalse();
            stub.answer(ok, refused, ok, deleted);
            assertThat(store.probeConditions("probe")).as("half").isFalse();
            stub.answer(ok, error(501, "NotImplemented"), deleted);
            assertThat(store.probeConditions("probe")).as("refused").isFalse();
        }
    }

    private void assertEncrypted(String key, String md5) {
        for (Request request : stub.requests()) {
            assertThat(request.header("x-amz-server-side-encryption-customer-algorithm"))
                    .isEqualTo("AES256");
            assertThat(request.header("x-amz-server-side-encryption-customer-key"))
                    .isEqualTo(key);
            assertThat(request.header("x-amz-server-side-encryption-customer-key-md5"))
                    .isEqualTo(md5);
        }
    }

    private static ObjectEntry put(S3Settings settings, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        try (S3ObjectStore store = new S3ObjectStore(settings, new TestTime())) {
            return store.put("dir/k", BODY, condition, timestamp);
        }
    }

    private static String page(String token, String... keys) {
        StringBuilder xml =
                new StringBuilder("<ListBucketResult><IsTruncated>" + !token.isEmpty() + "</IsTruncated>" + token);
        for (String key : keys) {
            xml.append("<Contents><Key>")
                    .append(key)
                    .append("</Key><Size>1</Size><LastModified>2026-03-04T05:06:07.000Z</LastModified></Contents>");
        }
        return xml.append("</ListBucketResult>").toString();
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    }

    private static String md5(byte[] bytes) throws Exception {
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
    }
}
