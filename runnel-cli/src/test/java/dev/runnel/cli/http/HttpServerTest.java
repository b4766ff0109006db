package dev.runnel.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests byte by byte, over both kinds of socket. */
class HttpServerTest {

    @TempDir
    private Path directory;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private Path socket;
    private HttpServer unix;
    private HttpServer tcp;
    private InetSocketAddress address;

    @BeforeEach
    void start() throws IOException {
        Router router = new Router()
                .route("GET", "/echo", request -> Response.text(200, request.query() + "\n"))
                .route("POST", "/echo", request -> Response.text(200, request.text()))
                .route("GET", "/a b", request -> Response.text(200, "blank"))
                .route("GET", "/failure", request -> {
                    throw new HttpFailure(409, "not now", "come back later");
                })
                .below("/below", request -> Response.text(200, request.path()));
        socket = directory.resolve("test.sock");
        ServerSocketChannel first = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        unix = HttpServer.start(first.bind(UnixDomainSocketAddress.of(socket)), "test-unix", router, timer);
        ServerSocketChannel second = ServerSocketChannel.open();
        second.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        address = (InetSocketAddress) second.getLocalAddress();
        tcp = HttpServer.start(second, "test-tcp", router, timer);
    }

    @AfterEach
    void stop() throws IOException {
        unix.close();
        tcp.close();
        timer.shutdownNow();
    }

    private String raw(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            OutputStream out = Channels.newOutputStream(channel);
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String status(String response) {
        return response.split(" ", 3)[1];
    }

    @Test
    void aRequestIsAnsweredWithAWholeResponse() throws IOException {
        assertThat(raw("GET /echo?a=x%20y+z&a=2 HTTP/1.1\r\nHost: x\r\n\r\n"))
                .isEqualTo("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 10\r\n"
                        + "Connection: close\r\n\r\n{a=x y z}\n");
        assertThat(raw("GET /echo?flag HTTP/1.0\n\n")).endsWith("{flag=}\n");
    }

    @Test
    void theSameOverTcp() throws IOException {
        try (Socket client = new Socket(address.getAddress(), address.getPort())) {
            client.getOutputStream()
                    .write("POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII));
            String response = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(response).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nhello");
        }
    }

    @Test
    void headHasNoBody() throws IOException {
        assertThat(raw("HEAD /echo HTTP/1.1\r\n\r\n"))
                .contains("Content-Length: 3\r\n")
                .endsWith("\r\n\r\n");
    }

    @Test
    void pathsAreDecodedAndPrefixesMatched() throws IOException {
        assertThat(raw("GET /a%20b HTTP/1.1\r\n\r\n")).endsWith("blank");
        assertThat(raw("GET http://localhost/a%20b HTTP/1.1\r\n\r\n")).endsWith("blank");
        assertThat(raw("POST /below/that HTTP/1.1\r\n\r\n")).endsWith("/below/that");
    }

    @Test
    void whoAsksFirstIsToldToGoOn() throws IOException {
        assertThat(raw("POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"))
                .startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
                .endsWith("hi");
    }

    @Test
    void failuresAreJson() throws IOException {
        assertThat(raw("GET /failure HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 409 Conflict\r\n")
                .contains("Content-Type: application/json\r\n")
                .endsWith("{\n  \"error\": \"not now\",\n  \"details\": \"come back later\"\n}\n");
        assertThat(raw("GET /nowhere HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ")
                .contains("not found: /nowhere");
        assertThat(raw("DELETE /echo HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("Allow: GET, POST\r\n");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "400, `hello\\r\\n\\r\\n`",
                "400, `GET /echo\\r\\n\\r\\n`",
                "400, `GET /echo HTTP/2\\r\\n\\r\\n`",
                "400, `GET  /echo HTTP/1.1\\r\\n\\r\\n`",
                "400, `GET echo HTTP/1.1\\r\\n\\r\\n`",
                "400, `GET /echo%zz HTTP/1.1\\r\\n\\r\\n`",
                "400, `GET /echo HTTP/1.1\\r\\nno colon\\r\\n\\r\\n`",
                "400, `GET /echo HTTP/1.1\\r\\nname : x\\r\\n\\r\\n`",
                "400, `GET /echo HTTP/1.1\\r\\n folded: x\\r\\n\\r\\n`",
                "400, `GET /echo HTTP/1.1\\r\\na: b\\rc: d\\r\\n\\r\\n`",
                "400, `POST /echo HTTP/1.1\\r\\nContent-Length: -1\\r\\n\\r\\n`",
                "400, `POST /echo HTTP/1.1\\r\\nContent-Length: 1\\r\\nContent-Length: 1\\r\\n\\r\\nx`",
                "411, `POST /echo HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n`",
                "413, `POST /echo HTTP/1.1\\r\\nContent-Length: 65537\\r\\n\\r\\n`"
            })
    void whatIsNotARequestIsRefused(String status, String request) throws IOException {
        assertThat(status(rawAndEnd(request.replace("\\r", "\r").replace("\\n", "\n"))))
                .isEqualTo(status);
    }

    /** Like {@link #raw}, but ends the request, so that the server need not wait for more of it. */
    private String rawAndEnd(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            Channels.newOutputStream(channel).write(request.getBytes(StandardCharsets.ISO_8859_1));
            channel.shutdownOutput();
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aHeadWithoutEndIsRefused() throws IOException {
        assertThat(status(rawAndEnd("GET /echo HTTP/1.1\r\n" + "a: b\r\n".repeat(10_000) + "\r\n")))
                .isEqualTo("431");
        assertThat(status(rawAndEnd("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n\r\n")))
                .isEqualTo("431");
    }

    @Test
    void whoSaysNothingGetsNothing() throws IOException {
        assertThat(rawAndEnd("")).isEmpty();
        assertThat(rawAndEnd("GET /ech")).isEmpty();
        assertThat(rawAndEnd("POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"))
                .isEmpty();
        assertThat(raw("GET /echo HTTP/1.1\r\n\r\n"))
                .as("and the next is served")
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void theClientSpeaksToTheServer() throws IOException {
        Response response = HttpClient.send(socket, "POST", "/echo", "{\"ü\": 1}", Duration.ofSeconds(20));
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.bodyText()).isEqualTo("{\"ü\": 1}");
        assertThat(HttpClient.send(socket, "GET", "/failure", "", Duration.ofSeconds(20))
                        .status())
                .isEqualTo(409);
    }

    @Test
    void theClientGivesUpOnWhoDoesNotAnswer() throws IOException {
        Path silent = directory.resolve("silent.sock");
        try (ServerSocketChannel nobody = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            nobody.bind(UnixDomainSocketAddress.of(silent));
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> HttpClient.send(silent, "GET", "/", "", Duration.ofMillis(50)))
                    .withMessageContaining("no answer within");
        }
    }

    @Test
    void aClosedServerRefuses() throws IOException {
        unix.close();
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> HttpClient.send(socket, "GET", "/echo", "", Duration.ofSeconds(20)));
    }
}
