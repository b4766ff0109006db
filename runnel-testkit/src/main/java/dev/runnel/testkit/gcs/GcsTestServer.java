package dev.runnel.testkit.gcs;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.runnel.json.JsonReader;
import dev.runnel.json.JsonText;
import dev.runnel.storage.ObjectKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * As much of the XML interface of Google Cloud Storage as a store uses, with objects in memory, on a free port of the
 * loopback interface, and of the token service of Google. There is no emulator by Google that could take its place.
 *
 * <p>Written after Google's reference, and strict: a token is given for an assertion that is signed with the key of the
 * service account and says what it must; every other request needs such a token; a body must have the MD5 it says; a
 * condition on the generation holds in one step with the write; a parameter or method that is not known is refused.
 */
public final class GcsTestServer implements AutoCloseable {

    private static final String EMAIL = "runnel@project.iam.gserviceaccount.com";
    private static final int PAGE = 1000;

    @SuppressWarnings("ArrayRecordComponent")
    private record Stored(byte[] body, long generation, Instant modified, Map<String, String> metadata) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final KeyPair key;
    private final Set<String> tokens = new HashSet<>();
    private final Map<String, NavigableMap<String, Stored>> buckets = new HashMap<>();
    private long generation = 1_700_000_000_000_000L;

    private GcsTestServer(HttpServer server, KeyPair key) {
        this.server = server;
        this.key = key;
    }

    /** Starts without buckets. */
    public static GcsTestServer start() throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            GcsTestServer started = new GcsTestServer(http, generator.generateKeyPair());
            http.setExecutor(started.threads);
            http.createContext("/", started::handle);
            http.start();
            return started;
        } catch (GeneralSecurityException e) {
            throw new IOException("no RSA key", e);
        }
    }

    /** E.g. {@code http://127.0.0.1:41234}. */
    public String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Makes an empty bucket. */
    public synchronized void createBucket(String name) {
        buckets.put(name, new TreeMap<>(ObjectKeys.ORDER));
    }

    /** Writes the key file of the service account, as Google's console gives it. */
    public Path writeCredentials(Path file) throws IOException {
        StringBuilder json =
                new StringBuilder("{\"type\":\"service_account\",\"private_key_id\":\"k1\",\"private_key\":");
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(key.getPrivate().getEncoded());
        JsonText.quote(json, "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
        json.append(",\"client_email\":\"").append(EMAIL).append("\",\"token_uri\":\"");
        return Files.writeString(
                file, json.append(endpoint()).append("/token\"}").toString());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String length = exchange.getRequestHeaders().getFirst("Content-Length");
            if (length != null && Long.parseLong(length) != body.length) {
                return; // cut off on the way
            }
            String path = exchange.getRequestURI().getRawPath();
            if (path.equals("/token")) {
                token(exchange, parameters(new String(body, UTF_8)));
                return;
            }
            String[] parts = path.substring(1).split("/", 2);
            synchronized (this) {
                serve(exchange, decoded(parts[0]), parts.length < 2 ? "" : decoded(parts[1]), body);
            }
        }
    }

    private void serve(HttpExchange exchange, String bucket, String name, byte[] body) throws IOException {
        String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        if (!authorization.startsWith("Bearer ") || !tokens.contains(authorization.substring(7))) {
            error(exchange, 401, "AuthenticationRequired");
            return;
        }
        NavigableMap<String, Stored> objects = buckets.get(bucket);
        if (objects == null) {
            error(exchange, 404, "NoSuchBucket");
            return;
        }
        String method = exchange.getRequestMethod();
        if (name.isEmpty()) {
            list(exchange, objects, parameters(exchange.getRequestURI().getRawQuery()));
        } else if (method.equals("PUT")) {
            put(exchange, objects, name, body);
        } else if (!objects.containsKey(name)) {
            error(exchange, 404, "NoSuchKey");
        } else if (method.equals("DELETE")) {
            objects.remove(name);
            exchange.sendResponseHeaders(204, -1);
        } else if (method.equals("GET") || method.equals("HEAD")) {
            read(exchange, objects.get(name));
        } else {
            error(exchange, 405, "MethodNotAllowed");
        }
    }

    private void put(HttpExchange exchange, NavigableMap<String, Stored> objects, String name, byte[] body)
            throws IOException {
        Headers headers = exchange.getRequestHeaders();
        Stored present = objects.get(name);
        String condition = headers.getFirst("x-goog-if-generation-match");
        if (condition != null && Long.parseLong(condition) != (present == null ? 0 : present.generation())) {
            error(exchange, 412, "PreconditionFailed");
            return;
        }
        if (!md5(body).equals(headers.getFirst("Content-MD5"))) {
            error(exchange, 400, "BadDigest");
            return;
        }
        Map<String, String> metadata = new HashMap<>();
        headers.forEach((header, values) -> {
            if (header.toLowerCase(java.util.Locale.ROOT).startsWith("x-goog-meta-")) {
                metadata.put(header, values.get(0));
            }
        });
        Stored stored = new Stored(body, ++generation, Instant.now(), metadata);
        objects.put(name, stored);
        describe(exchange, stored);
        exchange.sendResponseHeaders(200, -1);
    }

    private static void read(HttpExchange exchange, @Nullable Stored object) throws IOException {
        if (object == null) {
            return;
        }
        describe(exchange, object);
        object.metadata().forEach(exchange.getResponseHeaders()::set);
        byte[] body = object.body();
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range == null) {
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            return;
        }
        String[] ends = range.substring("bytes=".length()).split("-", 2);
        long from = ends[0].isEmpty() ? Math.max(0, body.length - Long.parseLong(ends[1])) : Long.parseLong(ends[0]);
        long to = ends[0].isEmpty() || ends[1].isEmpty()
                ? body.length
                : Math.min(body.length, Long.parseLong(ends[1]) + 1);
        if (from >= body.length || from >= to) {
            error(exchange, 416, "InvalidRange");
            return;
        }
        byte[] some = Arrays.copyOfRange(body, (int) from, (int) to);
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + body.length);
        exchange.sendResponseHeaders(206, some.length);
        exchange.getResponseBody().write(some);
    }

    private static void describe(HttpExchange exchange, Stored object) {
        Headers headers = exchange.getResponseHeaders();
        headers.set("x-goog-generation", String.valueOf(object.generation()));
        headers.set("ETag", "\"" + md5(object.body()) + "\"");
        headers.add("x-goog-hash", "crc32c=AAAAAA==");
        headers.add("x-goog-hash", "md5=" + md5(object.body()));
        headers.set(
                "Last-Modified",
                DateTimeFormatter.RFC_1123_DATE_TIME.format(object.modified().atOffset(ZoneOffset.UTC)));
    }

    private static void list(HttpExchange exchange, NavigableMap<String, Stored> objects, Map<String, String> query)
            throws IOException {
        Set<String> known = Set.of("list-type", "prefix", "start-after", "continuation-token");
        if (!known.containsAll(query.keySet()) || !"2".equals(query.get("list-type"))) {
            error(exchange, 400, "InvalidArgument");
            return;
        }
        String prefix = query.getOrDefault("prefix", "");
        String after = query.getOrDefault("continuation-token", query.getOrDefault("start-after", ""));
        StringBuilder xml = new StringBuilder("<?xml version='1.0' encoding='UTF-8'?><ListBucketResult>");
        int given = 0;
        String last = "";
        boolean truncated = false;
        for (Map.Entry<String, Stored> entry : objects.tailMap(after, false).entrySet()) {
            if (!entry.getKey().startsWith(prefix)) {
                continue;
            }
            if (given == PAGE) {
                truncated = true;
                break;
            }
            given++;
            last = entry.getKey();
            Stored object = entry.getValue();
            xml.append("<Contents><Key>").append(last.replace("&", "&amp;").replace("<", "&lt;"));
            xml.append("</Key><Generation>").append(object.generation()).append("</Generation><LastModified>");
            xml.append(object.modified()).append("</LastModified><Size>").append(object.body().length);
            xml.append("</Size></Contents>");
        }
        xml.append("<IsTruncated>").append(truncated).append("</IsTruncated>");
        if (truncated) {
            xml.append("<NextContinuationToken>")
                    .append(last.replace("&", "&amp;").replace("<", "&lt;"));
            xml.append("</NextContinuationToken>");
        }
        answer(exchange, 200, xml.append("</ListBucketResult>").toString());
    }

    private void token(HttpExchange exchange, Map<String, String> form) throws IOException {
        String[] parts = form.getOrDefault("assertion", "").split("\\.");
        if (!"urn:ietf:params:oauth:grant-type:jwt-bearer".equals(form.get("grant_type"))
                || parts.length != 3
                || !isSigned(parts)
                || !isClaimed(
                        JsonReader.object(new String(Base64.getUrlDecoder().decode(parts[1]), UTF_8)))) {
            answer(exchange, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}");
            return;
        }
        String token;
        synchronized (this) {
            token = "token-" + tokens.size();
            tokens.add(token);
        }
        answer(exchange, 200, "{\"access_token\":\"" + token + "\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
    }

    private boolean isClaimed(Map<String, ?> claims) {
        long now = Instant.now().getEpochSecond();
        return EMAIL.equals(claims.get("iss"))
                && (endpoint() + "/token").equals(claims.get("aud"))
                && "https://www.googleapis.com/auth/devstorage.read_write".equals(claims.get("scope"))
                && claims.get("iat") instanceof Long issued
                && claims.get("exp") instanceof Long expires
                && issued <= now + 60
                && expires > now
                && expires <= issued + 3600;
    }

    private boolean isSigned(String[] parts) {
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(key.getPublic());
            signature.update((parts[0] + "." + parts[1]).getBytes(UTF_8));
            return signature.verify(Base64.getUrlDecoder().decode(parts[2]));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static void error(HttpExchange exchange, int status, String code) throws IOException {
        answer(exchange, status, "<?xml version='1.0'?><Error><Code>" + code + "</Code><Message>m</Message></Error>");
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(UTF_8);
        boolean none = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, none ? -1 : body.length);
        if (!none) {
            exchange.getResponseBody().write(body);
        }
    }

    private static Map<String, String> parameters(@Nullable String text) {
        Map<String, String> parameters = new HashMap<>();
        if (text != null) {
            for (String parameter : text.split("&")) {
                String[] parts = parameter.split("=", 2);
                parameters.put(parts[0], URLDecoder.decode(parts[1], UTF_8));
            }
        }
        return parameters;
    }

    /** Unlike in a query, a plus is a plus in a path. */
    private static String decoded(String path) {
        return URLDecoder.decode(path.replace("+", "%2B"), UTF_8);
    }

    private static String md5(byte[] body) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
