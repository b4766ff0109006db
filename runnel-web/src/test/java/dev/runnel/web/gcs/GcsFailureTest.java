package dev.runnel.web.gcs;

import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.hangUp;
import static dev.runnel.testkit.http.StubServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.engine.SystemTime;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.gcs.GcsTestServer;
import dev.runnel.testkit.http.StubServer;
import dev.runnel.testkit.http.StubServer.Answer;
import dev.runnel.web.http.StoreCalls;
import dev.runnel.web.http.TestTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which answer becomes which exception, and where credentials come from. */
@SuppressWarnings("NullAway.Init")
class GcsFailureTest {

    @TempDir
    Path directory;

    private StubServer stub;
    private GcsObjectStore store;
    private StoreCalls calls;

    @BeforeEach
    void start() throws IOException {
        stub = new StubServer();
        store = new GcsObjectStore(
                new GcsSettings("box", Map.of("STORAGE_EMULATOR_HOST", stub.endpoint())), new TestTime());
        calls = new StoreCalls(store);
    }

    @AfterEach
    void stop() {
        store.close();
        stub.close();
    }

    private static Answer error(int status, String code) {
        return body(status, "<?xml version='1.0'?><Error><Code>" + code + "</Code><Message>told so</Message></Error>");
    }

    @Test
    void absentObjectAndAbsentBucketDiffer() {
        stub.answer(error(404, "NoSuchKey"));
        calls.reading()
                .isInstanceOf(ObjectNotFoundException.class)
                .hasMessageContaining("object k in gs://box at " + stub.endpoint());
        stub.answer(error(404, "NoSuchBucket"));
        calls.reading()
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("there is no bucket box: create it");
        calls.writing(PutCondition.ifAbsent()).isExactlyInstanceOf(StorageException.class);
    }

    @Test
    void everyAnswerToEveryCallIsInTheVocabulary() {
        for (int status : new int[] {429, 500}) {
            stub.answer(status(status));
            for (ThrowingCallable read : calls.reads()) {
                assertThatThrownBy(read).as("%d", status).isInstanceOf(TransientStorageException.class);
            }
            Class<?> written = status == 500 ? IndeterminateWriteException.class : TransientStorageException.class;
            calls.writing(PutCondition.ifAbsent()).as("%d", status).isInstanceOf(written);
            calls.writing(PutCondition.ifMatch("17")).as("%d", status).isInstanceOf(written);
        }
        stub.answer(error(403, "AccessDenied"));
        for (ThrowingCallable read : calls.reads()) {
            assertThatThrownBy(read)
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("roles/storage.objectAdmin");
        }
        stub.answer(error(404, "NoSuchKey"));
        for (ThrowingCallable read : calls.reads().subList(0, 3)) {
            assertThatThrownBy(read).isInstanceOf(ObjectNotFoundException.class);
        }
    }

    @Test
    void writesThatMayHaveHappenedAreIndeterminateAndNotRepeated() {
        for (Answer answer : List.of(status(500), status(502), status(504), hangUp())) {
            stub.answer(answer);
            calls.writing(PutCondition.ifAbsent()).isInstanceOf(IndeterminateWriteException.class);
            assertThat(stub.requests()).hasSize(1);
        }
        stub.answer(error(503, "ServiceUnavailable"));
        calls.writing(PutCondition.ifAbsent()).isInstanceOf(TransientStorageException.class);
    }

    @Test
    void conditionsAreOnTheGeneration() {
        stub.answer(error(412, "PreconditionFailed"));
        calls.writing(PutCondition.ifAbsent()).isInstanceOf(PreconditionFailedException.class);
        assertThat(stub.last().header("x-goog-if-generation-match")).isEqualTo("0");
        calls.writing(PutCondition.ifMatch("17")).isInstanceOf(PreconditionFailedException.class);
        assertThat(stub.last().header("x-goog-if-generation-match")).isEqualTo("17");
        assertThat(stub.last().header("content-md5")).hasSize(24);
    }

    @Test
    void halfAListIsRefused() {
        stub.answer(body(200, "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"));
        assertThatThrownBy(() -> store.list("", null).next())
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("there is more, and not where");
    }

    @Test
    void truncatedAndChangedBodiesAreTransient() {
        stub.answer(exchange -> {
            exchange.getResponseHeaders().set("Content-Range", "bytes 0-99/100");
            exchange.sendResponseHeaders(206, 100);
            exchange.getResponseBody().write(new byte[40]);
            exchange.getResponseBody().flush();
        });
        assertThatThrownBy(calls::readHundred).isInstanceOf(TransientStorageException.class);
        String hundred = "0123456789".repeat(10);
        String wrong = "crc32c=AAAAAA==,md5=AAAAAAAAAAAAAAAAAAAAAA==";
        stub.answer(body(206, hundred, "Content-Range", "bytes 0-99/100", "x-goog-hash", wrong));
        assertThatThrownBy(calls::readHundred)
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("its bytes changed on the way");
        stub.answer(body(206, hundred, "Content-Range", "bytes 0-99/101", "x-goog-hash", wrong));
        assertThat(hundred()).as("a part has another MD5 than the whole").isEqualTo(hundred.getBytes(UTF_8));
    }

    @Test
    void keyFileOfAServiceAccountIsShownOnceAnHour() throws IOException {
        try (GcsTestServer server = GcsTestServer.start()) {
            server.createBucket("box");
            Path key = server.writeCredentials(directory.resolve("key.json"));
            try (GcsObjectStore real = withCredentials(server.endpoint(), key)) {
                real.put("k", ObjectBody.of(new byte[3]), PutCondition.ifAbsent(), null);
                assertThat(real.head("k").size()).isEqualTo(3);
            }
            Path foreign;
            try (GcsTestServer other = GcsTestServer.start()) {
                foreign = other.writeCredentials(directory.resolve("foreign.json"));
                Files.writeString(foreign, Files.readString(foreign).replace(other.endpoint(), server.endpoint()));
            }
            try (GcsObjectStore stranger = withCredentials(server.endpoint(), foreign)) {
                assertThatThrownBy(() -> stranger.head("k"))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining("invalid_grant (Invalid JWT Signature.)")
                        .hasMessageContaining("make a new key of the service account")
                        .hasMessageNotContaining("PRIVATE KEY");
            }
        }
    }

    @Test
    void otherCredentialsAreToldApart() throws IOException {
        Path user = Files.writeString(
                directory.resolve("user.json"),
                "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"s\",\"refresh_token\":\"r\","
                        + "\"token_uri\":\"" + stub.endpoint() + "/token\"}");
        stub.answer(body(200, "{\"access_token\":\"t\",\"expires_in\":3599}"), status(404));
        assertThatThrownBy(() -> withCredentials(stub.endpoint(), user).head("k"))
                .isInstanceOf(ObjectNotFoundException.class);
        assertThat(new String(stub.requests().get(0).body(), UTF_8))
                .isEqualTo("grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=r");
        assertThat(stub.last().header("authorization")).isEqualTo("Bearer t");
        for (Map.Entry<String, String> bad : Map.of(
                        "{\"type\":\"external_account\"}", "of type external_account in",
                        "nothing", "is not JSON",
                        "{\"type\":\"service_account\",\"client_email\":\"e\"}", "has no private_key",
                        "{\"type\":\"service_account\",\"client_email\":\"e\",\"private_key\":\"x\"}", "is no RSA key")
                .entrySet()) {
            Path file = Files.writeString(directory.resolve("bad.json"), bad.getKey());
            assertThatThrownBy(() -> withCredentials(stub.endpoint(), file).head("k"))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining(bad.getValue())
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void machinesAskTheirMetadataService() throws IOException {
        stub.answer(body(200, "{\"access_token\":\"t\",\"expires_in\":3599,\"token_type\":\"Bearer\"}"));
        Map<String, String> machine =
                Map.of("GCE_METADATA_HOST", stub.endpoint().substring("http://".length()));
        var request = new DefaultCredentials(new GcsSettings("box", machine), new TestTime()).request();
        assertThat(request.uri().toString())
                .isEqualTo(stub.endpoint() + "/computeMetadata/v1/instance/service-accounts/default/token");
        assertThat(request.headers()).containsEntry("Metadata-Flavor", "Google");
    }

    private GcsObjectStore withCredentials(String endpoint, Path file) {
        return new GcsObjectStore(
                new GcsSettings(
                        "box",
                        Map.of("STORAGE_EMULATOR_HOST", endpoint, "GOOGLE_APPLICATION_CREDENTIALS", file.toString())),
                new SystemTime());
    }

    private byte[] hundred() {
        try {
            return calls.readHundred();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
