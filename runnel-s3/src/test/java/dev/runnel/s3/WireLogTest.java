package dev.runnel.s3;

import static dev.runnel.s3.StubS3.error;
import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.testkit.http.StubServer;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code LITESTREAM_S3_DEBUG} tells, and what it keeps to itself. */
@SuppressWarnings("NullAway.Init")
class WireLogTest {

    private StubS3 stub;
    private List<String> entries;

    @BeforeEach
    void start() throws IOException {
        stub = new StubS3();
        entries = new ArrayList<>();
    }

    @AfterEach
    void stop() {
        stub.close();
    }

    private S3ObjectStore store(String words) {
        return new S3ObjectStore(
                stub.settings().sessionToken("hush-session").build(), new TestTime(), WireLog.of(words, entries::add));
    }

    private void put(String words, String content) throws IOException {
        try (S3ObjectStore store = store(words)) {
            store.put("k", ObjectBody.of(content.getBytes(UTF_8)), PutCondition.any(), null);
        }
    }

    @Test
    void requestsAndResponsesAreToldWithTheirHeaders() throws IOException {
        stub.answer(status(200, "ETag", "\"e\""));
        put("request,response", "content");
        assertThat(entries).hasSize(2);
        assertThat(entries.get(0))
                .startsWith("S3 request 1\nPUT " + stub.endpoint() + "/bucket/k\n")
                .contains("Content-Length: 7\n", "SignedHeaders=")
                .doesNotContain("content\n");
        assertThat(entries.get(1)).startsWith("S3 response 1\nstatus 200").contains("Etag: \"e\"\n");
    }

    @Test
    void secretsAreMasked() throws IOException {
        stub.answer(status(200));
        String key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        S3Settings settings =
                stub.settings().sessionToken("hush-session").sseCustomerKey(key).build();
        try (S3ObjectStore store = new S3ObjectStore(settings, new TestTime(), WireLog.of("all", entries::add))) {
            store.put("k", ObjectBody.of(new byte[] {1}), PutCondition.any(), null);
        }
        String told = String.join("", entries);
        assertThat(stub.last().header("x-amz-security-token")).isEqualTo("hush-session");
        assertThat(told).contains("X-Amz-Security-Token: ***\n", "Signature=***\n", "x-amz-security-token:***\n");
        assertThat(told).doesNotContain("hush-session", "stub-secret", key);
        assertThat(told).doesNotContain(signatureOf(stub.last()));
    }

    private static String signatureOf(StubServer.Request request) {
        return request.header("authorization").replaceFirst(".*Signature=", "");
    }

    @Test
    void whatWasSignedLeadsToTheSignature() throws IOException, GeneralSecurityException {
        stub.answer(body(200, "<ListBucketResult/>"));
        try (S3ObjectStore store = store("signing");
                ObjectListing listing = store.list("a b/ü/", null)) {
            assertThat(listing.next()).isNull();
        }
        assertThat(entries).hasSize(1);
        assertThat(entries.get(0))
                .startsWith("S3 signature of request 1\n"
                        + "---[ CANONICAL STRING ]---\n"
                        + "GET\n"
                        + "/bucket\n"
                        + "list-type=2&prefix=a%20b%2F");
        String toSign = entries.get(0)
                .replaceFirst("(?s).*---\\[ STRING TO SIGN ]---\n", "")
                .strip();
        byte[] key = ("AWS4" + "stub-secret").getBytes(UTF_8);
        for (String part : toSign.split("\n")[2].split("/")) {
            key = hmac(key, part);
        }
        assertThat(HexFormat.of().formatHex(hmac(key, toSign))).isEqualTo(signatureOf(stub.last()));
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(UTF_8));
    }

    @Test
    void bodiesAreToldIfTheyAreText() throws IOException {
        stub.answer(body(206, "answer", "Content-Range", "bytes 0-5/6"));
        put("request-with-body", "something\n");
        assertThat(entries).contains("S3 body of request 1\nsomething\n");
        entries.clear();
        put("request-with-body", "\0\1");
        assertThat(entries).contains("S3 body of request 1\n(2 bytes, not text)\n");
        entries.clear();
        put("request-with-body", "x".repeat(9000));
        assertThat(String.join("", entries)).contains("\n(9000 bytes, the first 8192 are shown)\n");
        entries.clear();
        try (S3ObjectStore store = store("response-with-body");
                InputStream in = store.open("k", 0, 6)) {
            assertThat(in.readAllBytes()).isEqualTo("answer".getBytes(UTF_8));
        }
        assertThat(entries).hasSize(2).contains("S3 body of response 1\nanswer\n");
    }

    @Test
    void repeatedAttemptsAreTold() {
        stub.answer(error(503, "SlowDown"));
        assertThatThrownBy(() -> put("retries", "x")).isInstanceOf(StorageException.class);
        assertThat(entries)
                .containsExactly(
                        "S3 retry 2\nPUT /bucket/k: attempt=2; max=3\n",
                        "S3 retry 3\nPUT /bucket/k: attempt=3; max=3\n");
    }

    @Test
    void wordsAreReadAsLitestreamReadsThem() throws IOException {
        stub.answer(status(200));
        put(" REQUEST , nonsense", "x");
        assertThat(entries.get(0))
                .isEqualTo("LITESTREAM_S3_DEBUG: unknown: nonsense; there are signing, request, request-with-body,"
                        + " response, response-with-body, retries, all\n");
        assertThat(entries).hasSize(2);
        entries.clear();
        put("", "x");
        assertThat(entries).isEmpty();
        assertThat(WireLog.of(",", entries::add)).isSameAs(WireLog.NONE);
    }
}
