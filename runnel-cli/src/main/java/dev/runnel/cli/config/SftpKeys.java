package dev.runnel.cli.config;

import dev.runnel.sftp.HostKeyLine;
import dev.runnel.sftp.SftpSettings;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a replica on an SFTP server, set over what its URL says. No message repeats the URL: it may hold the
 * password.
 */
final class SftpKeys {

    private static final String SCHEME = "sftp://";

    private final PathRules paths;

    SftpKeys(PathRules paths) {
        this.paths = paths;
    }

    /** What a URL tells; null where it does not. The path of a URL is absolute, as Litestream's configuration has it. */
    private record Url(
            String host, @Nullable String user, @Nullable String password, String path) {}

    /**
     * The target of a URL alone.
     *
     * @throws IllegalArgumentException if the URL is not usable
     */
    SftpTarget target(String url) {
        Url parsed = parse(url);
        return target(parsed.host(), parsed.path(), login(parsed.user(), parsed.password(), null), null, true);
    }

    /**
     * The target that {@code section} describes, with or without a URL.
     *
     * @throws IllegalArgumentException if it is not usable; where a key is to blame, the message starts with it
     */
    SftpTarget target(YamlSection section) {
        String text = section.text("url");
        Url url = text == null ? null : parse(text);
        String host = url == null ? section.text("host") : url.host();
        String path = url == null ? section.text("path") : url.path();
        String user = section.text("user");
        String password = section.text("password");
        if (host == null) {
            throw new IllegalArgumentException("host required for sftp replica");
        }
        SftpSettings.Login login = login(
                user == null && url != null ? url.user() : user,
                password == null && url != null ? url.password() : password,
                section.text("key-path"));
        return target(
                host,
                path == null ? "" : path,
                login,
                section.text("host-key"),
                section.bool("concurrent-writes", true));
    }

    private static SftpTarget target(
            String host, String path, SftpSettings.Login login, @Nullable String hostKey, boolean concurrentWrites) {
        SftpSettings settings = new SftpSettings(
                SftpSettings.Address.parse(host),
                login,
                hostKey == null ? null : HostKeyLine.parse(hostKey),
                concurrentWrites);
        return new SftpTarget(settings, cleaned(path));
    }

    private SftpSettings.Login login(@Nullable String user, @Nullable String password, @Nullable String keyPath) {
        if (user == null) {
            throw new IllegalArgumentException("user required for sftp replica");
        }
        if (password == null && keyPath == null) {
            throw new IllegalArgumentException(
                    "password or key-path required for sftp replica: without one, user " + user + " cannot log in");
        }
        Path key = keyPath == null ? null : paths.expand(keyPath);
        return new SftpSettings.Login(user, password, key);
    }

    private static Url parse(String url) {
        if (!url.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw new IllegalArgumentException("replica URL of an sftp server is written sftp://user@host/path");
        }
        String rest = url.substring(SCHEME.length()).replaceFirst("[?#].*$", "");
        int slash = rest.indexOf('/');
        String authority = slash < 0 ? rest : rest.substring(0, slash);
        String path = slash < 0 ? "/" : decoded(rest.substring(slash));
        int at = authority.lastIndexOf('@');
        String[] login = authority.substring(0, Math.max(at, 0)).split(":", 2);
        return new Url(
                authority.substring(at + 1),
                login[0].isEmpty() ? null : decoded(login[0]),
                login.length < 2 || login[1].isEmpty() ? null : decoded(login[1]),
                path);
    }

    /** Undoes percent-encoding; a plus is a plus. */
    private static String decoded(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] != '%') {
                bytes.write(encoded[i]);
                continue;
            }
            int high = i + 2 < encoded.length ? Character.digit(encoded[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(encoded[i + 2], 16);
            if (low < 0) {
                throw new IllegalArgumentException(
                        "replica URL with a % that is not followed by two hexadecimal digits;"
                                + " write a percent sign as %25");
            }
            bytes.write(high * 16 + low);
            i += 2;
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Without empty, {@code .} and {@code ..} segments. */
    private static String cleaned(String path) {
        Deque<String> segments = new ArrayDeque<>();
        for (String segment : path.split("/")) {
            if (segment.equals("..")) {
                if (segments.isEmpty() && !path.startsWith("/")) {
                    throw new IllegalArgumentException(
                            "path must not lead out of the directory of the user; begin it with a slash instead");
                }
                segments.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                segments.addLast(segment);
            }
        }
        return (path.startsWith("/") ? "/" : "") + String.join("/", segments);
    }
}
