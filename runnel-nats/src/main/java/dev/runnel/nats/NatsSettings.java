package dev.runnel.nats;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where and how to store in a bucket. Equal settings can share a store, and so a connection.
 *
 * @param servers of one cluster, at least one; tried in any order
 * @param bucket name of an object store that exists
 * @param login as whom
 * @param tls how to encrypt; null for not at all
 * @param timeout how long to wait for a connection, and for the answer to a request; more than zero
 */
public record NatsSettings(
        List<Server> servers,
        String bucket,
        Login login,
        @Nullable Tls tls,
        Duration timeout) {

    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9_-]+");

    /** @throws IllegalArgumentException whose message begins with the key to blame, if these cannot be used */
    public NatsSettings {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("host required for nats replica");
        }
        if (!BUCKET.matcher(bucket).matches()) {
            throw new IllegalArgumentException(
                    bucket.isEmpty()
                            ? "bucket required for nats replica: the name of an object store, which must exist"
                            : "bucket \"" + bucket
                                    + "\" is no name of an object store: it has letters, digits, - and _");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout must be more than zero");
        }
    }

    /** The place without secrets, as a URL: {@code nats://host/bucket}. */
    public String location() {
        return servers.stream().map(Server::toString).collect(Collectors.joining(",", "nats://", "/" + bucket));
    }

    /** A host and its port, 1 to 65535. */
    public record Server(String host, int port) {

        /** Where NATS listens unless told otherwise. */
        public static final int DEFAULT_PORT = 4222;

        private static final Pattern TEXT = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^\\[\\]:/@\\s]+)(?::(\\d{1,5}))?");

        /**
         * Reads {@code host}, {@code host:port} or {@code [address]:port}.
         *
         * @throws IllegalArgumentException if it is none of these
         */
        public static Server parse(String text) {
            Matcher matcher = TEXT.matcher(text);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("\"" + text
                        + "\" is no address of a NATS server; write it as host, host:port or" + " [IPv6 address]:port");
            }
            int port = matcher.group(2) == null ? DEFAULT_PORT : Integer.parseInt(matcher.group(2));
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("\"" + text + "\": a port is from 1 to 65535");
            }
            return new Server(matcher.group(1), port);
        }

        /** As in a URL; the default port is left out. */
        @Override
        public String toString() {
            return port == DEFAULT_PORT ? host : host + ":" + port;
        }
    }

    /** Who logs in, and by what. */
    public sealed interface Login {

        /** The keys of the configuration that it was made of, for messages. */
        String keys();

        /** Nobody in particular: for servers that ask for no login, or know clients by their certificates. */
        record Anonymous() implements Login {
            @Override
            public String keys() {
                return "no login";
            }
        }

        /** A user of the server's configuration. */
        record User(String username, String password) implements Login {
            @Override
            public String keys() {
                return "`username` and `password`";
            }

            @Override
            public String toString() {
                return "User[" + username + "]";
            }
        }

        /** A token, which all clients of the server share. */
        record Token(String token) implements Login {
            @Override
            public String keys() {
                return "`token`";
            }

            @Override
            public String toString() {
                return "Token[]";
            }
        }

        /**
         * A key pair whose public half the server knows.
         *
         * @param seed the private half, as {@code nk -gen user} prints it: {@code SU…}
         */
        record Key(String seed) implements Login {
            /** @throws IllegalArgumentException whose message begins with {@code seed}, if it is none */
            public Key {
                UserKey.ofSeed(seed);
            }

            @Override
            public String keys() {
                return "`nkey` and `seed`";
            }

            @Override
            public String toString() {
                return "Key[]";
            }
        }

        /**
         * A user of an account that an operator manages.
         *
         * @param jwt what its account says of it
         * @param seed the private half of its key
         */
        record Jwt(String jwt, String seed) implements Login {
            /** @throws IllegalArgumentException whose message begins with {@code seed}, if it is none */
            public Jwt {
                UserKey.ofSeed(seed);
            }

            @Override
            public String keys() {
                return "`jwt` and `seed`";
            }

            @Override
            public String toString() {
                return "Jwt[]";
            }
        }

        /** As {@link Jwt}, in a file as {@code nsc} writes it; read at every connection, so that it can be replaced. */
        record Credentials(Path file) implements Login {
            @Override
            public String keys() {
                return "`creds`";
            }
        }
    }

    /**
     * Encryption. The certificate of the server must be valid for its host name.
     *
     * @param rootCas PEM files of the issuers to trust; empty for those that Java trusts
     * @param identity what this client shows of itself; null for nothing
     */
    public record Tls(List<Path> rootCas, @Nullable Identity identity) {

        public Tls {
            rootCas = List.copyOf(rootCas);
        }

        /** PEM files of a certificate, those of its issuers behind it, and of its private key without a passphrase. */
        public record Identity(Path certificate, Path key) {}
    }
}
