package dev.runnel.web.http;

import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.hangUp;
import static dev.runnel.testkit.http.StubServer.status;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.runnel.storage.BodySlice;
import dev.runnel.storage.ObjectBody;
import dev.runnel.testkit.http.StubServer;
import dev.runnel.testkit.storage.TestBodies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is known of a request that got no answer, and of an answer that does not end. */
@SuppressWarnings("NullAway.Init")
class WebClientTest {

    /** Waited for as a whole by who gets no answer, and enough to connect on a busy machine. */
    private static final WebClient.Patience SHORT =
            new WebClient.Patience(Duration.ofMinutes(1), Duration.ofSeconds(10));

    private static final WebClient.Patience LONG = WebClient.Patience.DEFAULT;

    private final CountDownLatch over = new CountDownLatch(1);
    private StubServer stub;

    @BeforeEach
    void start() throws IOException {
        stub = new StubServer();
    }

    @AfterEach
    void stop() {
        over.countDown();
        stub.close();
    }

    @Test
    void sendsWhatItIsToldAndNothingTwice() throws Exception {
        stub.answer(status(201, "X-Told", "this"));
        WebRequest request = new WebRequest("MKCOL", at("/a%20b?c=%2F"))
                .header("x-one", "1")
                .header("x-gone", "2")
                .header("x-gone", null)
                .body(BodySlice.of(new byte[] {1, 2, 3}));
        try (WebResponse response = new WebClient(LONG).send(request)) {
            assertThat(response.status()).isEqualTo(201);
            assertThat(response.header("x-told")).isEqualTo("this");
            assertThat(response.text()).isEmpty();
        }
        assertThat(stub.last().method()).isEqualTo("MKCOL");
        assertThat(stub.last().path()).isEqualTo("/a%20b");
        assertThat(stub.last().query()).isEqualTo("c=%2F");
        assertThat(stub.last().body()).containsExactly(1, 2, 3);
        assertThat(stub.last().header("content-length")).isEqualTo("3");
        assertThat(stub.last().headers()).containsKey("x-one").doesNotContainKey("x-gone");
        stub.answer(hangUp());
        assertThat(kind(LONG, new WebRequest("PUT", at("/k")).body(BodySlice.of(new byte[9]))))
                .isEqualTo(WebException.Kind.MAYBE_SENT);
        assertThat(stub.requests()).as("a write is not repeated").hasSize(1);
    }

    @Test
    void redirectionsAreAnswers() throws Exception {
        stub.answer(status(301, "Location", stub.endpoint() + "/other"));
        try (WebResponse response = new WebClient(LONG).send(new WebRequest("GET", at("/k")))) {
            assertThat(response.status()).isEqualTo(301);
        }
        assertThat(stub.requests()).hasSize(1);
    }

    @Test
    void nothingWasSentToWhereNobodyListens() {
        assertThat(kind(LONG, new WebRequest("PUT", URI.create("http://127.0.0.1:1/"))))
                .isEqualTo(WebException.Kind.NOT_SENT);
        assertThat(kind(LONG, new WebRequest("PUT", URI.create("http://no-such-host.invalid/"))))
                .isEqualTo(WebException.Kind.NOT_SENT);
        assertThatThrownBy(() ->
                        new WebClient(LONG).send(new WebRequest("PUT", URI.create("http://no-such-host.invalid/"))))
                .hasMessageContaining("no-such-host.invalid");
    }

    /** Connecting takes the time for the answer, too: the shorter one is over first. */
    @Test
    void connectionThatDoesNotComeAboutIsGivenUp() throws IOException {
        Duration second = Duration.ofSeconds(1);
        Duration minute = Duration.ofMinutes(1);
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket one = new Socket(full.getInetAddress(), full.getLocalPort());
                Socket two = new Socket(full.getInetAddress(), full.getLocalPort())) {
            // Nobody accepts: Linux lets one more wait than it was told, and does not answer others.
            assertThat(one.isConnected() && two.isConnected()).isTrue();
            WebRequest request = new WebRequest("PUT", URI.create("http://127.0.0.1:" + full.getLocalPort() + "/"));
            for (WebClient.Patience patience :
                    List.of(new WebClient.Patience(second, minute), new WebClient.Patience(minute, second))) {
                WebException failure = failure(patience, request);
                assertThat(failure).hasMessageContaining("no connection within 1 s");
                assertThat(failure.kind()).isEqualTo(WebException.Kind.NOT_SENT);
            }
        }
    }

    @Test
    void serverThatDoesNotAnswerIsGivenUp() {
        stub.answer(exchange -> await());
        WebException failure = failure(SHORT, new WebRequest("GET", at("/k")));
        assertThat(failure).hasMessageContaining("no answer within 10 s");
        assertThat(failure.kind()).isEqualTo(WebException.Kind.MAYBE_SENT);
    }

    @Test
    void bodyThatStopsComingIsGivenUp() throws Exception {
        WebClient client = new WebClient(SHORT);
        stub.answer(exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write(new byte[40]);
            exchange.getResponseBody().flush();
            await();
        });
        try (WebResponse response = client.send(new WebRequest("GET", at("/k")))) {
            assertThat(response.body().readNBytes(40)).hasSize(40);
            assertThatThrownBy(() -> response.body().read())
                    .isInstanceOf(HttpTimeoutException.class)
                    .hasMessageContaining("nothing came");
        }
    }

    @Test
    void connectionIsKeptWhenLittleIsLeft() throws Exception {
        stub.answer(exchange -> {
            byte[] remote =
                    String.valueOf(exchange.getRemoteAddress().getPort()).getBytes(US_ASCII);
            exchange.sendResponseHeaders(200, 20_000);
            exchange.getResponseBody().write(remote);
            exchange.getResponseBody().write(new byte[20_000 - remote.length]);
        });
        WebClient client = new WebClient(LONG);
        String first = port(client);
        assertThat(port(client)).isEqualTo(first);
        assertThat(port(client)).isEqualTo(first);
    }

    @Test
    void brokenBodyIsNotTheNetworksFault() {
        stub.answer(status(200));
        ObjectBody lying = TestBodies.lying(1000, 999);
        assertThat(kind(LONG, new WebRequest("PUT", at("/k")).body(BodySlice.whole(lying))))
                .isEqualTo(WebException.Kind.BODY_FAILED);
        assertThat(stub.requests()).as("it did not arrive whole").noneMatch(request -> request.body().length == 1000);
    }

    @Test
    void emptyBodyThatIsNotEmptyIsNotSent() {
        stub.answer(status(200));
        ObjectBody lying = TestBodies.lying(0, 1);
        assertThat(kind(LONG, new WebRequest("PUT", at("/k")).body(BodySlice.whole(lying))))
                .isEqualTo(WebException.Kind.BODY_FAILED);
        assertThat(stub.requests()).isEmpty();
    }

    @Test
    void longTextIsCutShort() throws Exception {
        stub.answer(body(500, "x".repeat(1_000_000)));
        try (WebResponse response = new WebClient(LONG).send(new WebRequest("GET", at("/k")))) {
            assertThat(response.text()).hasSize(64 * 1024);
        }
    }

    private String port(WebClient client) throws IOException {
        try (WebResponse response = client.send(new WebRequest("GET", at("/k")))) {
            return new String(response.body().readNBytes(5), US_ASCII);
        }
    }

    private static WebException.Kind kind(WebClient.Patience patience, WebRequest request) {
        return failure(patience, request).kind();
    }

    private static WebException failure(WebClient.Patience patience, WebRequest request) {
        return catchThrowableOfType(WebException.class, () -> new WebClient(patience).send(request));
    }

    private URI at(String path) {
        return URI.create(stub.endpoint() + path);
    }

    private void await() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
