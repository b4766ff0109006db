package dev.runnel.nats;

import dev.runnel.nats.NatsSettings.Login;
import dev.runnel.nats.NatsSettings.Tls;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the one connection of a store, which is made when it is first needed, and anew when it was lost. The library does
 * not reconnect by itself: it would send again what was on its way, after we have told that it failed. Thread-safe.
 */
final class BucketConnections implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(BucketConnections.class);

    /** Two of them without an answer, and the connection is taken for lost. */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);

    private static final int SIGNS_MISSED = 2;

    private final NatsSettings settings;
    private @Nullable Bucket current; // guarded by this
    private List<String> servers; // guarded by this
    private boolean warned; // guarded by this

    BucketConnections(NatsSettings settings) {
        this.settings = settings;
        this.servers = settings.servers().stream()
                .map(server -> "nats://" + server.host() + ":" + server.port())
                .toList();
    }

    /**
     * The bucket by a connection that is not known to be lost.
     *
     * @param failed what does not work if there is none
     */
    synchronized Bucket bucket(String failed) throws StorageException {
        Bucket known = current;
        if (known != null && known.isConnected()) {
            return known;
        }
        close();
        ServerTalk talk = new ServerTalk();
        Connection connection;
        try {
            connection = connect(talk);
        } catch (StorageException e) {
            throw NatsErrors.prefixed(failed, e);
        }
        Bucket bucket;
        try {
            bucket = Bucket.find(connection, settings, talk);
        } catch (IOException e) {
            end(connection);
            throw NatsErrors.mapOpening(failed, e);
        }
        current = bucket;
        learnServers(connection);
        if (!warned) {
            warned = true;
            bucket.perils().forEach(peril -> LOG.warn("{}: {}", settings.location(), peril));
        }
        return bucket;
    }

    @Override
    public synchronized void close() {
        Bucket known = current;
        current = null;
        if (known != null) {
            end(known.connection());
        }
    }

    private Connection connect(ServerTalk talk) throws StorageException {
        Options.Builder options = new Options.Builder()
                .servers(servers.toArray(String[]::new))
                .connectionName("runnel")
                .connectionTimeout(settings.timeout())
                .noReconnect()
                .hostnameResolveMode(Options.HostnameResolveMode.HappyEyeballs)
                .reportNoResponders()
                .pingInterval(SIGN_OF_LIFE)
                .maxPingsOut(SIGNS_MISSED)
                .errorListener(talk);
        logIn(options, settings.login());
        Tls tls = settings.tls();
        if (tls != null) {
            options.sslContext(TlsContext.of(tls, settings.servers().get(0).host()));
        }
        try {
            return Nats.connect(options.build());
        } catch (AuthenticationException e) {
            throw new StorageException(
                    "the server refused the login with " + settings.login().keys()
                            + "; check them, and that this user still exists",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransientStorageException("interrupted while connecting", e);
        } catch (IOException e) {
            throw notConnected(e, talk.lastException());
        }
    }

    private static void logIn(Options.Builder options, Login login) throws StorageException {
        if (login instanceof Login.User user) {
            options.userInfo(user.username().toCharArray(), user.password().toCharArray());
        } else if (login instanceof Login.Token token) {
            options.token(token.token().toCharArray());
        } else if (login instanceof Login.Key key) {
            options.authHandler(KeyLogin.of(key));
        } else if (login instanceof Login.Jwt jwt) {
            options.authHandler(KeyLogin.of(jwt));
        } else if (login instanceof Login.Credentials credentials) {
            options.authHandler(KeyLogin.of(credentials));
        }
    }

    private StorageException notConnected(IOException e, @Nullable Exception reason) {
        Throwable cause = reason == null ? e : reason;
        for (Throwable t = cause; t != null; t = t.getCause()) {
            String text = String.valueOf(t.getMessage());
            if (text.contains("SSL required by server")) {
                return new StorageException("the server demands TLS; set `tls: true`", e);
            }
            if (text.contains("SSL connection wanted by client")) {
                return new StorageException(
                        "the server has no TLS, which `tls`, `root-cas` or `client-cert` ask for", e);
            }
            if (t instanceof UnknownHostException) {
                return new TransientStorageException(
                        "the name " + text + " is not known here; check the URL and the name service", e);
            }
            if (t instanceof SSLException) {
                return new StorageException(
                        "no TLS connection comes about: " + text + "; check `root-cas` (the issuer of the server's"
                                + " certificate, which must be for this host name) and `client-cert`",
                        e);
            }
        }
        String text = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new TransientStorageException(text + "; is a NATS server running there, on that port?", e);
    }

    /** Other servers of the cluster, for when this one is gone. */
    private void learnServers(Connection connection) {
        Set<String> known = new LinkedHashSet<>(servers);
        known.addAll(connection.getServers());
        servers = new ArrayList<>(known);
    }

    private static void end(Connection connection) {
        boolean interrupted = Thread.interrupted();
        try {
            connection.close();
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
