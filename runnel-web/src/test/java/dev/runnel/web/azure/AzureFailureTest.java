package dev.runnel.web.azure;

import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.hangUp;
import static dev.runnel.testkit.http.StubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.http.StubServer;
import dev.runnel.testkit.http.StubServer.Answer;
import dev.runnel.web.http.StoreCalls;
import dev.runnel.web.http.TestTime;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which answer and which broken connection becomes which exception, and what its message says. */
@SuppressWarnings("NullAway.Init")
class AzureFailureTest {

    private static final String KEY = "c2VjcmV0IHNlY3JldA==";
    private static final String SAS = "sv=2020-12-06&sp=r&sig=veryhidden";

    private final TestTime time = new TestTime();
    private StubServer stub;
    private AzureObjectStore store;
    private StoreCalls calls;

    @BeforeEach
    void start() throws IOException {
        stub = new StubServer();
        store = new AzureObjectStore(settings().accountKey(KEY).build(), time);
        calls = new StoreCalls(store);
    }

    @AfterEach
    void stop() {
        store.close();
        stub.close();
    }

    private AzureSettings.Builder settings() {
        return AzureSettings.builder().account("acct").container("box").endpoint(stub.endpoint());
    }

    private static Answer error(int status, String code) {
        return body(
                status,
                "\uFEFF<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>" + code
                        + "</Code><Message>told so\nRequestId:1</Message></Error>",
                "x-ms-error-code",
                code);
    }

    @Test
    void absentObjectAndAbsentContainerDiffer() {
        stub.answer(error(404, "BlobNotFound"));
        calls.reading()
                .isInstanceOf(ObjectNotFoundException.class)
                .hasMessageContaining("object k in abs://acct@box at " + stub.endpoint());
        assertThatThrownBy(() -> store.head("k")).isInstanceOf(ObjectNotFoundException.class);
        stub.answer(error(404, "ContainerNotFound"));
        calls.reading()
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("there is no container box at " + stub.endpoint())
                .hasMessageContaining("create it");
        assertThatThrownBy(() -> store.head("k")).isExactlyInstanceOf(StorageException.class);
        calls.writing(PutCondition.any()).isExactlyInstanceOf(StorageException.class);
        calls.writing(PutCondition.ifMatch("x")).isExactlyInstanceOf(StorageException.class);
    }

    @Test
    void refusalsNameTheRemedyAndNoSecret() throws IOException {
        stub.answer(error(403, "AuthenticationFailed"));
        calls.writing(PutCondition.any())
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("status 403 AuthenticationFailed (told so)")
                .hasMessageContaining("account-key does not belong to account acct")
                .hasMessageNotContaining(KEY);
        assertThat(stub.requests()).as("refusals are not repeated").hasSize(1);
        try (AzureObjectStore bySas =
                new AzureObjectStore(settings().sasToken("?" + SAS).build(), time)) {
            new StoreCalls(bySas)
                    .writing(PutCondition.any())
                    .hasMessageContaining("sas-token is not valid, has expired")
                    .hasMessageNotContaining("veryhidden");
            assertThat(stub.last().query()).isEqualTo(SAS);
            assertThat(stub.last().headers()).doesNotContainKey("authorization");
            assertThat(bySas.describe()).doesNotContain("veryhidden");
            stub.answer(error(403, "AuthorizationPermissionMismatch"));
            new StoreCalls(bySas)
                    .reading()
                    .hasMessageContaining("the SAS token lacks a permission on container box")
                    .hasMessageContaining("Storage Blob Data Contributor");
        }
        stub.answer(error(403, "KeyBasedAuthenticationNotPermitted"));
        calls.reading().hasMessageContaining("remove account-key and use an identity");
        stub.answer(error(409, "BlobArchived"));
        calls.reading().isExactlyInstanceOf(StorageException.class).hasMessageContaining("rehydrate it");
        stub.answer(status(403));
        assertThatThrownBy(() -> store.head("k"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("the key of account acct lacks a permission");
    }

    @Test
    void clockSkewIsToldAsSuch() {
        time.set(Instant.now().minusSeconds(3600));
        stub.answer(error(403, "AuthenticationFailed"));
        calls.writing(PutCondition.any())
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageMatching("(?s).*the clock of this machine is (59|60) minutes behind.*NTP.*");
    }

    @Test
    void passingFaultsOfReadsAreTransientAndNotRepeated() throws IOException {
        for (Answer answer :
                List.of(status(408), status(429), status(500), status(502), error(503, "ServerBusy"), status(504))) {
            stub.answer(answer);
            calls.reading().isInstanceOf(TransientStorageException.class).hasMessageContaining("object k");
            assertThat(stub.requests()).hasSize(1);
        }
        stub.answer(hangUp());
        calls.reading().isInstanceOf(TransientStorageException.class);
        stub.answer(body(206, "x", "Content-Range", "bytes 0-0/1"));
        assertThat(calls.readOne()).isEqualTo((byte) 'x');
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
            calls.writing(PutCondition.ifMatch("x")).as("%d", status).isInstanceOf(written);
        }
        stub.answer(error(403, "AuthorizationFailure"));
        for (ThrowingCallable read : calls.reads()) {
            assertThatThrownBy(read).isExactlyInstanceOf(StorageException.class);
        }
        stub.answer(error(404, "BlobNotFound"));
        for (ThrowingCallable read : calls.reads().subList(0, 3)) {
            assertThatThrownBy(read).isInstanceOf(ObjectNotFoundException.class);
        }
    }

    @Test
    void writesThatMayHaveHappenedAreIndeterminate() {
        for (Answer answer : List.of(status(500), status(502), status(504), hangUp())) {
            stub.answer(answer);
            calls.writing(PutCondition.ifAbsent())
                    .isInstanceOf(IndeterminateWriteException.class)
                    .hasMessageContaining("look at what is stored");
            assertThat(stub.requests()).hasSize(1);
        }
        for (Answer answer : List.of(status(408), status(429), error(503, "ServerBusy"))) {
            stub.answer(answer);
            calls.writing(PutCondition.ifAbsent()).isInstanceOf(TransientStorageException.class);
        }
    }

    @Test
    void onlyConditionsAreFailedPreconditions() {
        stub.answer(error(409, "BlobAlreadyExists"));
        calls.writing(PutCondition.ifAbsent()).isInstanceOf(PreconditionFailedException.class);
        assertThat(stub.last().header("if-none-match")).isEqualTo("*");
        stub.answer(error(412, "ConditionNotMet"));
        calls.writing(PutCondition.ifMatch("0x8D")).isInstanceOf(PreconditionFailedException.class);
        assertThat(stub.last().header("if-match")).isEqualTo("\"0x8D\"");
        stub.answer(error(404, "BlobNotFound"));
        calls.writing(PutCondition.ifMatch("0x8D"))
                .isInstanceOf(PreconditionFailedException.class)
                .hasMessageContaining("expected etag 0x8D");
        stub.answer(error(412, "LeaseIdMissing"));
        calls.writing(PutCondition.any())
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("lease of Azure");
        stub.answer(error(409, "ContainerBeingDeleted"));
        calls.writing(PutCondition.any()).isInstanceOf(TransientStorageException.class);
    }

    @Test
    void deadPortIsTransientAndNamesTheEndpoint() throws IOException {
        String endpoint = "http://127.0.0.1:1";
        try (AzureObjectStore dead = new AzureObjectStore(
                settings().accountKey(KEY).endpoint(endpoint).build(), time)) {
            assertThatThrownBy(() -> dead.head("k"))
                    .isInstanceOf(TransientStorageException.class)
                    .hasMessageContaining(endpoint);
            for (int length : new int[] {3, 9 << 20}) {
                assertThatThrownBy(() -> dead.put("k", ObjectBody.of(new byte[length]), PutCondition.any(), null))
                        .isInstanceOf(TransientStorageException.class);
            }
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
        assertThatThrownBy(calls::readHundred)
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("object k");
    }

    @Test
    void bodyThatChangedOnTheWayIsTransient() throws IOException {
        String hundred = "0123456789".repeat(10);
        stub.answer(body(206, hundred, "Content-Range", "bytes 0-99/100", "Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="));
        assertThatThrownBy(calls::readHundred)
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("its bytes changed on the way");
        assertThat(stub.last().header("x-ms-range-get-content-md5")).isEqualTo("true");
    }

    @Test
    void everythingThatIsSentHasItsMd5() {
        stub.answer(status(200, "ETag", "\"e\"", "Content-Length", "3"));
        assertThatThrownBy(() -> store.put("k", ObjectBody.of(new byte[9 << 20]), PutCondition.ifAbsent(), null))
                .isInstanceOf(PreconditionFailedException.class); // HEAD found one
        stub.answer(error(404, "BlobNotFound"), status(201), status(201), status(201), error(400, "InvalidBlockList"));
        assertThatThrownBy(() -> store.put("k", ObjectBody.of(new byte[9 << 20]), PutCondition.ifAbsent(), null))
                .as("another writer's list made the service drop our blocks")
                .isInstanceOf(TransientStorageException.class);
        assertThat(stub.requests())
                .extracting(StubServer.Request::method)
                .containsExactly("HEAD", "PUT", "PUT", "PUT", "PUT");
        assertThat(stub.requests().subList(1, 5))
                .allSatisfy(request -> assertThat(request.header("content-md5")).hasSize(24));
    }

    @Test
    void failedBlockWritesNothing() {
        stub.answer(status(500));
        assertThatThrownBy(() -> store.put("k", ObjectBody.of(new byte[5 << 20]), PutCondition.any(), null))
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("block 1");
        stub.answer(status(201), status(201), hangUp());
        assertThatThrownBy(() -> store.put("k", ObjectBody.of(new byte[5 << 20]), PutCondition.any(), null))
                .as("the list may have been taken")
                .isInstanceOf(IndeterminateWriteException.class);
    }

    @Test
    void blocksGrowWithTheBody() {
        assertThat(BlockUpload.blockBytes(1)).isEqualTo(4 << 20);
        assertThat(BlockUpload.blockBytes(50_000L * (4 << 20))).isEqualTo(4 << 20);
        assertThat(BlockUpload.blockBytes(50_000L * (4 << 20) + 1)).isEqualTo(5 << 20);
    }

    @Test
    void listingGoesByMarkersAndReadsEncodedNames() throws IOException {
        stub.answer(
                body(
                        200,
                        page(
                                "<NextMarker>m/1</NextMarker>",
                                "<Name>p/a</Name>",
                                "<Name Encoded=\"true\">p/b%00</Name>")),
                body(200, page("<NextMarker/>", "<Name Encoded=\"true\">p/c%C3%A4</Name>")));
        try (ObjectListing listing = store.list("p/", null)) {
            assertThat(stub.requests()).as("lazy").isEmpty();
            assertThat(listing.next()).extracting(ObjectEntry::key).isEqualTo("p/a");
            assertThat(listing.next())
                    .as("not what is no key")
                    .extracting(ObjectEntry::key)
                    .isEqualTo("p/c\u00e4");
            assertThat(stub.last().query()).contains("marker=m%2F1").contains("prefix=p%2F");
            assertThat(listing.next()).isNull();
            assertThat(stub.requests()).hasSize(2);
        }
    }

    @Test
    void listThatIsNoXmlOrHasADocumentTypeIsRefused() {
        stub.answer(body(200, "<html><br>please log in"));
        assertThatThrownBy(() -> store.list("", null).next()).isInstanceOf(TransientStorageException.class);
        stub.answer(body(
                200,
                "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><EnumerationResults><Blobs><Blob><Name>&e;</Name>"
                        + "</Blob></Blobs></EnumerationResults>"));
        assertThatThrownBy(() -> store.list("", null).next())
                .isInstanceOf(TransientStorageException.class)
                .hasMessageNotContaining("root:");
    }

    private static String page(String marker, String... names) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?><EnumerationResults><Blobs>");
        for (String name : names) {
            xml.append("<Blob>")
                    .append(name)
                    .append("<Properties><Content-Length>1</Content-Length><Etag>0x1</Etag></Properties></Blob>");
        }
        return xml.append("</Blobs>")
                .append(marker)
                .append("</EnumerationResults>")
                .toString();
    }
}
