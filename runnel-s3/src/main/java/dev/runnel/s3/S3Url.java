package dev.runnel.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A replica URL of the scheme {@code s3}, as Litestream 0.3 and 0.5 understand it:
 *
 * <ul>
 *   <li>{@code s3://bucket/path?endpoint=...&region=...}
 *   <li>{@code s3://bucket.<host of a service>/path}: the host tells endpoint and region
 *   <li>{@code s3://bucket.host:port/path}: plain HTTP to that host, bucket in the path
 *   <li>{@code s3://arn:aws:s3:<region>:<account>:accesspoint/<name>/path}
 * </ul>
 *
 * <p>Query parameters, in camel or kebab case: endpoint, region, forcePathStyle, skipVerify, signPayload,
 * requireContentMD5, storageClass, partSize, concurrency, sseCustomerAlgorithm, sseCustomerKey, sseCustomerKeyMD5 (only
 * checked for presence: it follows from the key), sseKmsKeyId.
 *
 * @param settings what the URL says; a configuration sets its own keys over it before {@code build}
 * @param path the prefix of keys in the bucket, without slashes around it; may be empty
 * @param unknownParameters query parameters that mean nothing here, for a warning
 */
public record S3Url(S3Settings.Builder settings, String path, List<String> unknownParameters) {

    private static final Pattern ARN =
            Pattern.compile("(arn:[^:/]+:s3[^:/]*:[^:/]*:[^:/]*:accesspoint[/:][^/?]+)(/[^?]*)?");

    private static final Pattern AWS = Pattern.compile("(.+)\\.s3(?:[.-]([a-z0-9-]+))?\\.amazonaws\\.com");

    private static final Pattern LOCALHOST = Pattern.compile("(.+)\\.(localhost(?::[0-9]+)?)");

    private static final Pattern ANY_WITH_PORT = Pattern.compile("([^.]+)\\.(.+:[0-9]+)");

    private static final Set<String> TRUE = Set.of("true", "1", "t", "yes", "y", "on");
    private static final Set<String> FALSE = Set.of("false", "0", "f", "no", "n", "off", "");

    /** A service whose host names can follow the bucket's. */
    private record Service(Pattern host, @Nullable Boolean pathStyle) {}

    private static final List<Service> SERVICES = List.of(
            new Service(Pattern.compile("(.+?)\\.([a-z0-9-]+\\.digitaloceanspaces\\.com)"), false),
            new Service(Pattern.compile("(.+?)\\.(s3\\.[a-z0-9-]+\\.backblazeb2\\.com)"), true),
            new Service(Pattern.compile("(.+?)\\.(s3\\.filebase\\.com)"), true),
            new Service(Pattern.compile("(.+?)\\.(s3\\.[a-z0-9-]+\\.scw\\.cloud)"), false),
            new Service(Pattern.compile("(.+?)\\.([a-z0-9-]+\\.linodeobjects\\.com)"), true));

    /**
     * Parses.
     *
     * @param environmentEndpoint value of {@code LITESTREAM_S3_ENDPOINT}: the endpoint if the URL tells none; null for
     *     none
     * @throws IllegalArgumentException if it is no such URL; the message says what is wrong with it
     */
    public static S3Url parse(String url, @Nullable String environmentEndpoint) {
        if (!url.regionMatches(true, 0, "s3://", 0, 5)) {
            throw new IllegalArgumentException("'" + url + "' is no S3 URL; write s3://bucket/path");
        }
        String rest = url.substring(5);
        int question = rest.indexOf('?');
        String query = question < 0 ? "" : rest.substring(question + 1);
        String place = question < 0 ? rest : rest.substring(0, question);
        String shown = "s3://" + place.replaceFirst("^[^/]*@", "...@"); // and no query: both may have secrets
        S3Settings.Builder settings = S3Settings.builder();
        Matcher arn = ARN.matcher(place);
        String path;
        boolean hostTellsEndpoint = false;
        if (arn.matches()) {
            settings.bucket(arn.group(1));
            path = arn.group(2) == null ? "" : arn.group(2);
        } else {
            int slash = place.indexOf('/');
            String host = slash < 0 ? place : place.substring(0, slash);
            path = slash < 0 ? "" : place.substring(slash);
            hostTellsEndpoint = applyHost(settings, host, shown);
        }
        Query parameters = new Query(query, shown);
        if (!hostTellsEndpoint) {
            String endpoint = parameters.take("endpoint");
            endpoint = endpoint == null || endpoint.isEmpty() ? environmentEndpoint : endpoint;
            settings.endpoint(endpoint);
            applyPathStyle(settings, endpoint, parameters.takeBoolean("forcePathStyle"));
        } else {
            String endpoint = parameters.take("endpoint");
            Boolean pathStyle = parameters.takeBoolean("forcePathStyle");
            if (endpoint != null && !endpoint.isEmpty()) {
                settings.endpoint(endpoint);
                settings.forcePathStyle(null);
                applyPathStyle(settings, endpoint, pathStyle);
            } else if (Boolean.TRUE.equals(pathStyle)) {
                settings.forcePathStyle(true);
            }
        }
        applyOthers(settings, parameters);
        return new S3Url(settings, clean(decode(path, shown)), parameters.rest());
    }

    /** Whether the host told endpoint and addressing. */
    private static boolean applyHost(S3Settings.Builder settings, String authority, String url) {
        String host = decode(authority, url);
        if (host.contains("@")) {
            throw new IllegalArgumentException(
                    "keys do not go into the replica URL; use access-key-id and secret-access-key");
        }
        if (host.isEmpty()) {
            throw new IllegalArgumentException("'" + url + "': no bucket; write s3://bucket/path");
        }
        Matcher aws = AWS.matcher(host);
        if (aws.matches()) {
            settings.bucket(aws.group(1)).region(aws.group(2));
            return false;
        }
        for (Service service : SERVICES) {
            Matcher matcher = service.host().matcher(host);
            if (matcher.matches()) {
                settings.bucket(matcher.group(1))
                        .endpoint("https://" + matcher.group(2))
                        .forcePathStyle(service.pathStyle());
                return true;
            }
        }
        Matcher local = LOCALHOST.matcher(host);
        Matcher any = ANY_WITH_PORT.matcher(host);
        Matcher own = local.matches() ? local : any.matches() ? any : null;
        if (own != null) {
            if (own.group(2).toLowerCase(Locale.ROOT).contains(".com")) {
                throw new IllegalArgumentException(
                        "'" + url + "': a host with a port is taken for a server of your own,"
                                + " which this is not; write s3://" + own.group(1) + "/path?endpoint=" + own.group(2));
            }
            settings.bucket(own.group(1))
                    .endpoint("http://" + own.group(2))
                    .region("us-east-1")
                    .forcePathStyle(true);
            return true;
        }
        if (host.contains(":")) {
            throw new IllegalArgumentException(
                    "'" + url + "': no bucket before the host; write s3://bucket/path?endpoint=" + host);
        }
        settings.bucket(host);
        return false;
    }

    /**
     * As Litestream has it: the parameter defeats the rule that an endpoint means path style, but not a service that
     * wants path style; only the configuration key does that.
     */
    private static void applyPathStyle(
            S3Settings.Builder settings, @Nullable String endpoint, @Nullable Boolean parameter) {
        if (parameter == null) {
            return;
        }
        boolean wanted = endpoint != null
                && S3Profile.of(Endpoints.authority(Endpoints.parse(endpoint))).has(S3Profile.Quirk.PATH_STYLE);
        settings.forcePathStyle(parameter || wanted);
    }

    private static void applyOthers(S3Settings.Builder settings, Query parameters) {
        String region = parameters.take("region");
        if (region != null && !region.isEmpty()) {
            settings.region(region);
        }
        Boolean skipVerify = parameters.takeBoolean("skipVerify");
        Boolean signPayload = parameters.takeBoolean("signPayload");
        settings.skipVerify(Boolean.TRUE.equals(skipVerify)).signPayload(!Boolean.FALSE.equals(signPayload));
        settings.requireContentMd5(parameters.takeBoolean("requireContentMD5"));
        settings.storageClass(parameters.take("storageClass"));
        String partSize = parameters.take("partSize");
        if (partSize != null) {
            settings.partSize(ByteSize.parse(partSize));
        }
        String concurrency = parameters.take("concurrency");
        if (concurrency != null) {
            settings.concurrency(parameters.positive("concurrency", concurrency));
        }
        settings.sseCustomerAlgorithm(parameters.take("sseCustomerAlgorithm"));
        settings.sseCustomerKey(parameters.take("sseCustomerKey"));
        parameters.take("sseCustomerKeyMD5");
        settings.sseKmsKeyId(parameters.take("sseKmsKeyId"));
    }

    /** Without empty and dot segments and without slashes around it. */
    private static String clean(String path) {
        Deque<String> segments = new ArrayDeque<>();
        for (String segment : path.split("/")) {
            if (segment.equals("..")) {
                segments.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                segments.addLast(segment);
            }
        }
        return String.join("/", segments);
    }

    private static String decode(String text, String where) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + where + "': a % that is not followed by two hexadecimal digits; write a percent sign as %25",
                    e);
        }
    }

    /** Parameters not taken yet. */
    private static final class Query {

        private record Parameter(String name, String value) {}

        private final String url;
        private final List<Parameter> parameters = new ArrayList<>();

        Query(String query, String url) {
            this.url = url;
            for (String pair : query.split("&")) {
                if (!pair.isEmpty()) {
                    int equals = pair.indexOf('=');
                    String name = equals < 0 ? pair : pair.substring(0, equals);
                    String value = equals < 0 ? "" : pair.substring(equals + 1);
                    parameters.add(
                            new Parameter(decode(name, url), decode(value.replace("+", "%20"), url + "?" + name)));
                }
            }
        }

        /** The first value of a parameter in either case, and removes them all; null if it is not there. */
        @Nullable
        String take(String camelCase) {
            String plain = plain(camelCase);
            String found = null;
            for (Parameter parameter : List.copyOf(parameters)) {
                if (plain(parameter.name()).equals(plain)) {
                    parameters.remove(parameter);
                    found = found == null ? parameter.value() : found;
                }
            }
            return found;
        }

        @Nullable
        Boolean takeBoolean(String camelCase) {
            String value = take(camelCase);
            if (value == null) {
                return null;
            }
            String lower = value.toLowerCase(Locale.ROOT);
            if (!TRUE.contains(lower) && !FALSE.contains(lower)) {
                throw new IllegalArgumentException(
                        "'" + url + "': " + camelCase + " is '" + value + "'; write true or false");
            }
            return TRUE.contains(lower);
        }

        int positive(String name, String value) {
            try {
                int number = Integer.parseInt(value);
                if (number > 0) {
                    return number;
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("'" + url + "': " + name + " is '" + value + "', no number", e);
            }
            throw new IllegalArgumentException("'" + url + "': " + name + " is " + value + "; it must be positive");
        }

        List<String> rest() {
            return parameters.stream().map(Parameter::name).toList();
        }

        private static String plain(String name) {
            return name.replace("-", "").toLowerCase(Locale.ROOT);
        }
    }
}
