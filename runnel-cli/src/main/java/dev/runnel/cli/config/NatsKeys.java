package dev.runnel.cli.config;

import dev.runnel.nats.NatsSettings;
import dev.runnel.nats.NatsSettings.Login;
import dev.runnel.nats.NatsSettings.Server;
import dev.runnel.nats.NatsSettings.Tls;
import dev.runnel.web.http.Percent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a replica in a bucket of NATS JetStream, set over what its URL says. Errors are
 * {@link IllegalArgumentException}s; where a key is to blame, the message starts with it. No message repeats the URL: it may
 * hold a password.
 */
final class NatsKeys {

    /** {@code nats://[user:password@ or token@]host[:port][,host[:port]…]/bucket[/path]}. */
    private static final Pattern URL = Pattern.compile(
            "nats://(?:(?<user>[^/:@]*)(?::(?<password>[^/]*))?@)?(?<hosts>[^/@?#]+)/(?<bucket>[^/?#]+)(?:/(?<path>[^?#]*))?",
            Pattern.CASE_INSENSITIVE);

    /** As NATS clients have it where no server is named. */
    private static final Server LOCAL = new Server("127.0.0.1", Server.DEFAULT_PORT);

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final PathRules paths;

    NatsKeys(PathRules paths) {
        this.paths = paths;
    }

    /** The target of a URL alone. */
    NatsTarget target(String text) {
        Matcher url = parts(text);
        return target(url, null, ofUrl(url), null, TIMEOUT);
    }

    /** The target that {@code section} describes, with or without a URL. */
    NatsTarget target(YamlSection section) {
        String text = section.text("url");
        Matcher url = text == null ? null : parts(text);
        Login login = login(section);
        if (login == null) {
            login = url == null ? new Login.Anonymous() : ofUrl(url);
        }
        Duration timeout = section.duration("timeout");
        return target(url, section, login, tls(section), timeout == null ? TIMEOUT : timeout);
    }

    private static NatsTarget target(
            @Nullable Matcher url, @Nullable YamlSection section, Login login, @Nullable Tls tls, Duration timeout) {
        List<Server> servers = url == null
                ? List.of(LOCAL)
                : Stream.of(url.group("hosts").split(",", -1))
                        .map(Server::parse)
                        .toList();
        String bucket = url != null ? url.group("bucket") : section == null ? null : section.text("bucket");
        String path = url != null ? url.group("path") : section == null ? null : section.text("path");
        return new NatsTarget(
                new NatsSettings(servers, bucket == null ? "" : Percent.decode(bucket), login, tls, timeout),
                path == null ? "" : trimmed(url == null ? path : Percent.decode(path)));
    }

    /** The first that is there, in Litestream's order; null for none. */
    private @Nullable Login login(YamlSection section) {
        String jwt = section.text("jwt");
        String seed = section.text("seed");
        if (jwt != null) {
            if (seed == null) {
                throw new IllegalArgumentException(
                        "jwt needs `seed` beside it, by which this client proves that it is its own");
            }
            return new Login.Jwt(jwt, seed);
        }
        String creds = section.text("creds");
        if (creds != null) {
            return new Login.Credentials(paths.expand(creds));
        }
        String nkey = section.text("nkey");
        if (nkey != null || seed != null) {
            return key(nkey, seed);
        }
        String username = section.text("username");
        String password = section.text("password");
        if (username != null && password != null) {
            return new Login.User(username, password);
        }
        String token = section.text("token");
        if (token != null) {
            return new Login.Token(token);
        }
        if (username != null) {
            throw new IllegalArgumentException("username needs `password` beside it");
        }
        return null;
    }

    private static Login key(@Nullable String nkey, @Nullable String seed) {
        if (seed != null) {
            return new Login.Key(seed);
        }
        if (nkey != null && nkey.startsWith("SU")) {
            return new Login.Key(nkey);
        }
        throw new IllegalArgumentException(
                "nkey is a public key, by which nobody can log in; set `seed` to the private half, which begins with SU");
    }

    private static Login ofUrl(Matcher url) {
        String user = url.group("user");
        String password = url.group("password");
        if (user == null || user.isEmpty()) {
            return new Login.Anonymous();
        }
        return password == null
                ? new Login.Token(Percent.decode(user))
                : new Login.User(Percent.decode(user), Percent.decode(password));
    }

    private @Nullable Tls tls(YamlSection section) {
        List<Path> roots = section.texts("root-cas").stream().map(paths::expand).toList();
        String certificate = section.text("client-cert");
        String key = section.text("client-key");
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException((key == null ? "client-cert" : "client-key") + " is set but "
                    + (key == null ? "client-key" : "client-cert") + " is not; set both or none");
        }
        if (certificate == null || key == null) {
            return section.bool("tls", false) || !roots.isEmpty() ? new Tls(roots, null) : null;
        }
        return new Tls(roots, new Tls.Identity(paths.expand(certificate), paths.expand(key)));
    }

    private static Matcher parts(String text) {
        Matcher url = URL.matcher(text);
        if (!url.matches()) {
            throw new IllegalArgumentException(
                    "replica URL of NATS must be as nats://host/bucket or nats://user:password@host:4222/bucket, without a"
                            + " query");
        }
        return url;
    }

    private static String trimmed(String path) {
        return path.replaceAll("/{2,}", "/").replaceAll("^/|/$", "");
    }
}
