package dev.runnel.testkit.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Answers requests from a script and keeps what was sent, on a free port of the loopback interface. What a real server
 * cannot be made to do is tested with it.
 */
public class StubServer implements AutoCloseable {

    /** Header names in lower case. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Request(String method, String path, String query, Map<String, String> headers, byte[] body) {

        /** Empty if it was not sent. */
        public String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    /** One answer of the script. */
    @FunctionalInterface
    public interface Answer {
        /** Answers. */
        void to(HttpExchange exchange) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Deque<Answer> script = new ArrayDeque<>();
    private final List<Request> requests = new ArrayList<>();

    /** Starts without a script: every answer is status 500. */
    @SuppressWarnings("this-escape")
    public StubServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** E.g. {@code http://127.0.0.1:41234}. */
    public final String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The next answers, in order; the last one is repeated. */
    public final synchronized StubServer answer(Answer... answers) {
        script.clear();
        script.addAll(List.of(answers));
        requests.clear();
        return this;
    }

    /** All since the script was set. */
    public final synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    /** The last one. */
    public final synchronized Request last() {
        return requests.get(requests.size() - 1);
    }

    /** An answer without a body; headers as name, value, name, value. */
    public static Answer status(int status, String... headers) {
        return body(status, "", headers);
    }

    /** An answer with a body, left out for HEAD. */
    public static Answer body(int status, String body, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            byte[] bytes = body.getBytes(UTF_8);
            boolean none = bytes.length == 0 || exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, none ? -1 : bytes.length);
            if (!none) {
                exchange.getResponseBody().write(bytes);
            }
        };
    }

    /** The connection breaks after the request was taken. */
    public static Answer hangUp() {
        return HttpExchange::close;
    }

    @Override
    public final void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        Map<String, String> headers = new TreeMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
        Answer answer;
        synchronized (this) {
            requests.add(new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getRawPath(),
                    String.valueOf(exchange.getRequestURI().getRawQuery()),
                    headers,
                    body));
            answer = script.size() > 1 ? script.poll() : script.peek();
        }
        if (answer == null) {
            answer = status(500);
        }
        try (exchange) {
            answer.to(exchange);
        }
    }
}
