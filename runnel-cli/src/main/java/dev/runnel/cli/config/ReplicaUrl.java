package dev.runnel.cli.config;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Replica URLs: {@code file:///backup/app}, {@code s3://bucket/app?region=eu-west-1} and those of the other stores. */
public final class ReplicaUrl {

    private static final Pattern URL = Pattern.compile("(\\w+)://.*", Pattern.DOTALL);
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):(.*)", Pattern.DOTALL);

    private ReplicaUrl() {}

    /** Whether an argument of the command line is a URL rather than a path. */
    public static boolean isUrl(String text) {
        Matcher matcher = URL.matcher(text);
        return matcher.matches() && !matcher.group(1).startsWith("sqlite");
    }

    /**
     * The target of a URL, without settings beside it.
     *
     * @param environment variables of the process, for what the URL leaves out
     * @throws IllegalArgumentException whose message says what is wrong with the URL
     */
    public static ReplicaTarget parse(String url, PathRules paths, Map<String, String> environment) {
        ReplicaType type = typeOf(url);
        return switch (type) {
            case FILE -> file(url, paths);
            case S3 -> new S3Keys(environment).target(url);
            case SFTP -> new SftpKeys(paths).target(url);
            case ABS, GS, WEBDAV, OSS -> new WebKeys(environment).target(type, url);
            case NATS -> new NatsKeys(paths).target(url);
        };
    }

    /**
     * The kind of store a URL is for.
     *
     * @throws IllegalArgumentException if it has no scheme or an unknown one
     */
    static ReplicaType typeOf(String url) {
        Matcher matcher = SCHEME.matcher(url);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "replica URL without a scheme: \"" + masked(url) + "\"; write file:///path or s3://bucket/path");
        }
        String scheme = matcher.group(1).toLowerCase(Locale.ROOT);
        ReplicaType type = ReplicaType.BY_NAME.get(scheme);
        if (type == null) {
            String near = Suggestions.nearest(scheme, ReplicaType.BY_NAME.keySet());
            throw new IllegalArgumentException("unknown scheme \"" + scheme + "\" of replica URL"
                    + (near == null ? "" : " (did you mean `" + near + "`?)"));
        }
        return type;
    }

    /** Target of a {@code file:} URL. Its query is dropped; nothing is percent-decoded. */
    static FileTarget file(String url, PathRules paths) {
        String path = withoutQuery(url.substring("file:".length()));
        // As Litestream cleans it: file://a/b is /a/b, file:a/b is relative.
        String cleaned = path.startsWith("//") ? "/" + path.replaceFirst("^/+", "") : path;
        if (cleaned.isEmpty() || cleaned.equals("/")) {
            throw new IllegalArgumentException("replica URL without a path: \"" + url + "\"");
        }
        return new FileTarget(paths.expand(cleaned));
    }

    /** A URL for messages: without user name, password and the values of its query, any of which may be a secret. */
    static String masked(String url) {
        return url.replaceFirst("(://|^)[^/?#]*@", "$1...@").replaceAll("=[^&#]*", "=...");
    }

    private static String withoutQuery(String url) {
        int query = url.indexOf('?');
        return query < 0 ? url : url.substring(0, query);
    }
}
