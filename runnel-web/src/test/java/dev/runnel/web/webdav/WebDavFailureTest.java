package dev.runnel.web.webdav;

import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.hangUp;
import static dev.runnel.testkit.http.StubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.engine.SystemTime;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.http.StubServer;
import dev.runnel.testkit.http.StubServer.Answer;
import dev.runnel.testkit.webdav.ApacheServer;
import dev.runnel.web.http.StoreCalls;
import dev.runnel.web.http.TestTime;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which answer becomes which exception, what is left behind, and in what forms servers answer. */
@SuppressWarnings("NullAway.Init")
class WebDavFailureTest {

    private static final Answer CREATED = status(201);

    private final TestTime time = new TestTime();
    private StubServer stub;
    private WebDavObjectStore store;
    private StoreCalls calls;

    @BeforeEach
    void start() throws IOException {
        stub = new StubServer();
        store = new WebDavObjectStore(WebDavSettings.of(stub.endpoint() + "/dav/", "user", "hidden"), time);
        calls = new StoreCalls(store);
    }

    @AfterEach
    void stop() {
        store.close();
        stub.close();
    }

    @Test
    void uploadsBesideAndMovesIntoPlace() throws IOException {
        stub.answer(CREATED);
        store.put("a/b/k x", ObjectBody.of(new byte[5]), PutCondition.any(), null);
        assertThat(stub.requests()).extracting(StubServer.Request::method).containsExactly("MKCOL", "PUT", "MOVE");
        assertThat(stub.requests().get(1).path()).matches("/dav/a/b/runnel-[0-9a-f-]+-1\\.tmp");
        assertThat(stub.last().path()).isEqualTo(stub.requests().get(1).path());
        assertThat(stub.last().header("destination")).isEqualTo(stub.endpoint() + "/dav/a/b/k%20x");
        assertThat(stub.last().header("overwrite")).isEqualTo("T");
        assertThat(stub.last().header("authorization")).isEqualTo("Basic dXNlcjpoaWRkZW4=");
        stub.answer(CREATED);
        store.put("a/b/y", ObjectBody.of(new byte[5]), PutCondition.any(), null);
        assertThat(stub.requests()).as("the folder is known").hasSize(2);
    }

    @Test
    void missingFoldersAreMadeFromAbove() throws IOException {
        stub.answer(status(409), status(405), CREATED);
        store.put("a/b/k", ObjectBody.of(new byte[5]), PutCondition.any(), null);
        assertThat(stub.requests())
                .extracting(r -> r.method() + " " + r.path().replaceFirst("runnel-.*", "tmp"))
                .containsExactly(
                        "MKCOL /dav/a/b/", "MKCOL /dav/a/", "MKCOL /dav/a/b/", "PUT /dav/a/b/tmp", "MOVE /dav/a/b/tmp");
        stub.answer(status(409));
        assertThatThrownBy(() -> store.put("c/k", ObjectBody.of(new byte[5]), PutCondition.any(), null))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("/dav, which must exist");
    }

    @Test
    void folderThatDisappearsIsMadeAgain() throws IOException {
        stub.answer(CREATED);
        store.put("a/k", ObjectBody.of(new byte[5]), PutCondition.any(), null);
        stub.answer(status(409));
        assertThatThrownBy(() -> store.put("a/k", ObjectBody.of(new byte[5]), PutCondition.any(), null))
                .isInstanceOf(TransientStorageException.class);
        stub.answer(CREATED);
        store.put("a/k", ObjectBody.of(new byte[5]), PutCondition.any(), null);
        assertThat(stub.requests().get(0).method()).isEqualTo("MKCOL");
    }

    @Test
    void refusalsNameTheRemedyAndNoSecret() {
        stub.answer(status(401));
        calls.writing(PutCondition.any())
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("object k in " + stub.endpoint() + "/dav")
                .hasMessageContaining("webdav-username or webdav-password is wrong")
                .hasMessageNotContaining("hidden");
        stub.answer(body(
                403,
                "<d:error xmlns:d=\"DAV:\" xmlns:s=\"http://sabredav.org/ns\"><s:message>no &amp; never</s:message>"
                        + "</d:error>"));
        calls.reading().isExactlyInstanceOf(StorageException.class).hasMessageContaining("(no & never); the user may");
        stub.answer(status(507));
        calls.writing(PutCondition.any())
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("make room");
        stub.answer(status(413));
        calls.writing(PutCondition.any()).hasMessageContaining("raise the limit");
        stub.answer(status(301, "Location", "https://user:pw@dav.example.com/x?token=1"));
        calls.writing(PutCondition.any())
                .hasMessageContaining("moved to https://dav.example.com/x);")
                .hasMessageContaining("webdav-url");
        stub.answer(body(200, "<html/>"));
        assertThatThrownBy(() -> store.head("k"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("is webdav-url the folder of a WebDAV server?");
        stub.answer(status(405));
        assertThatThrownBy(() -> store.head("k")).hasMessageContaining("remote.php/dav/files");
    }

    @Test
    void everyAnswerToEveryCallIsInTheVocabulary() {
        for (Answer answer : List.of(status(429), status(500), status(502), status(503), hangUp())) {
            stub.answer(answer);
            for (ThrowingCallable read : calls.reads()) {
                assertThatThrownBy(read).isInstanceOf(TransientStorageException.class);
            }
            calls.writing(PutCondition.any())
                    .as("nothing has its final name yet")
                    .isInstanceOf(TransientStorageException.class);
        }
        stub.answer(status(404));
        for (ThrowingCallable read : calls.reads().subList(0, 3)) {
            assertThatThrownBy(read).isInstanceOf(ObjectNotFoundException.class);
        }
    }

    @Test
    void onlyTheMoveCanBeInDoubt() {
        for (Answer answer : List.of(status(500), status(502), status(504), hangUp())) {
            stub.answer(CREATED, answer);
            calls.writing(PutCondition.any())
                    .isInstanceOf(IndeterminateWriteException.class)
                    .hasMessageContaining("look at what is stored");
        }
        stub.answer(CREATED, status(502));
        calls.writing(PutCondition.any()).hasMessageContaining("RequestHeader edit Destination");
        stub.answer(CREATED, status(403), status(204));
        calls.writing(PutCondition.any()).isExactlyInstanceOf(StorageException.class);
        assertThat(stub.last().method()).as("the upload is removed").isEqualTo("DELETE");
        stub.answer(CREATED, status(404));
        calls.writing(PutCondition.any())
                .isInstanceOf(TransientStorageException.class)
                .hasMessageContaining("the upload disappeared");
        stub.answer(CREATED, status(423));
        calls.writing(PutCondition.any()).isInstanceOf(TransientStorageException.class);
    }

    @Test
    void conditionsAreNotPromised() {
        assertThat(store.supportsConditions()).isFalse();
        calls.writing(PutCondition.ifAbsent()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void truncatedBodyIsTransient() {
        stub.answer(exchange -> {
            exchange.getResponseHeaders().set("Content-Range", "bytes 0-99/100");
            exchange.sendResponseHeaders(206, 100);
            exchange.getResponseBody().write(new byte[40]);
            exchange.getResponseBody().flush();
        });
        assertThatThrownBy(calls::readHundred).isInstanceOf(TransientStorageException.class);
        assertThatThrownBy(() -> store.readTail("k", 100)).isInstanceOf(TransientStorageException.class);
    }

    @Test
    void serverThatIgnoresRangesWorks() throws IOException {
        stub.answer(body(200, "0123456789"));
        try (var in = store.open("k", 5, 3)) {
            assertThat(in.readAllBytes()).asString().isEqualTo("567");
        }
        assertThat(store.readTail("k", 4).bytes()).asString().isEqualTo("6789");
        assertThat(store.readTail("k", 40).objectSize()).isEqualTo(10);
        assertThatThrownBy(() -> store.open("k", 5, 6))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("lies outside its 10 bytes");
    }

    @Test
    void listingReadsAnswersInEveryForm() throws IOException {
        // Whole addresses, other letters of the same prefix, encoded names, a proxy's other path, folders without a
        // slash.
        stub.answer(
                body(
                        207,
                        multistatus(
                                folder("/remote/x/dav/"),
                                file("/remote/x/dav/b%20c", 3),
                                folder("/remote/x/dav/a"),
                                file("/remote/x/dav/runnel-1-2.tmp", 9))),
                body(
                        207,
                        multistatus(
                                folder("http://other/dav/a/"),
                                file("http://other/dav/a/%C3%A4", 1),
                                file("http://other/dav/a/+", 1))));
        try (ObjectListing listing = store.list("", null)) {
            assertThat(stub.requests()).as("lazy").isEmpty();
            assertThat(listing.next()).extracting(ObjectEntry::key).isEqualTo("a/+");
            assertThat(listing.next()).extracting(ObjectEntry::key).isEqualTo("a/\u00e4");
            assertThat(listing.next()).extracting(ObjectEntry::size).isEqualTo(3L);
            assertThat(listing.next()).isNull();
        }
        assertThat(stub.last().header("depth")).isEqualTo("1");
    }

    @Test
    void foldersAreNeverDeleted() throws IOException {
        stub.answer(body(207, multistatus(folder("/dav/k/"))));
        store.delete(List.of("k"));
        assertThat(stub.requests()).extracting(StubServer.Request::method).containsExactly("PROPFIND");
    }

    @Test
    void whatApacheWasSentIsWholeAndNothingStaysBeside() throws Exception {
        assumeTrue(ApacheServer.isPossible(), "apache2-bin is not installed");
        try (ApacheServer server = ApacheServer.start();
                WebDavObjectStore real = new WebDavObjectStore(
                        WebDavSettings.of(server.url(), ApacheServer.USERNAME, ApacheServer.PASSWORD),
                        new SystemTime())) {
            real.put("dir/k", ObjectBody.of(new byte[7]), PutCondition.any(), null);
            try (var files = Files.list(server.folder().resolve("dir"))) {
                assertThat(files).containsExactly(server.folder().resolve("dir/k"));
            }
            try (WebDavObjectStore stranger = new WebDavObjectStore(
                    WebDavSettings.of(server.url(), ApacheServer.USERNAME, "wrong"), new SystemTime())) {
                assertThatThrownBy(() -> stranger.head("dir/k"))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining("webdav-password is wrong");
            }
            try (WebDavObjectStore elsewhere = new WebDavObjectStore(
                    WebDavSettings.of(server.url() + "/none", ApacheServer.USERNAME, ApacheServer.PASSWORD),
                    new SystemTime())) {
                assertThatThrownBy(() -> elsewhere.put("dir/k", ObjectBody.of(new byte[7]), PutCondition.any(), null))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining("/none, which must exist");
            }
        }
    }

    private static String multistatus(String... responses) {
        return "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\">" + String.join("", responses)
                + "</D:multistatus>";
    }

    private static String file(String href, int size) {
        return "<D:response><D:href>" + href + "</D:href><D:propstat><D:prop><D:resourcetype/><D:getcontentlength>"
                + size
                + "</D:getcontentlength><D:getlastmodified>Sun, 22 Nov 2026 12:00:00 GMT</D:getlastmodified></D:prop>"
                + "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>";
    }

    private static String folder(String href) {
        return "<D:response><D:href>" + href + "</D:href><D:propstat><D:prop><D:resourcetype><D:collection/>"
                + "</D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop>"
                + "<D:getcontentlength/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>";
    }
}
