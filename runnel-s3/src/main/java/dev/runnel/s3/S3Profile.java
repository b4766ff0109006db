package dev.runnel.s3;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is particular about a service that speaks S3. Chosen once, by the host of the endpoint; settings given explicitly
 * come before it. The table is that of Litestream, with conditional writes added as the services document them.
 *
 * @param name of the service
 * @param hosts matches the host, with its port if there is one, of its endpoints; a group named {@code region} is the region
 * @param defaultRegion where the host names none
 * @param quirks where it differs from S3 of AWS
 * @param concurrency parts of one upload sent at the same time
 * @param headers sent with every request
 */
public record S3Profile(
        String name,
        Pattern hosts,
        String defaultRegion,
        Set<Quirk> quirks,
        int concurrency,
        Map<String, String> headers) {

    /** A difference from S3 of AWS. */
    public enum Quirk {
        /** Buckets are addressed by path, whether or not an endpoint was named. */
        PATH_STYLE,
        /** Buckets are addressed by host, also where an endpoint was named. */
        HOST_STYLE,
        /** Does without, or refuses, {@code Content-MD5} on DeleteObjects. */
        NO_CONTENT_MD5,
        /** {@code If-None-Match} and {@code If-Match} on writes are refused, ignored, or not documented. */
        NO_CONDITIONS,
        /** No DeleteObjects: objects are deleted one by one. */
        NO_BULK_DELETE
    }

    private static final String US = "us-east-1";
    private static final String AUTO = "auto";

    /** S3 itself. */
    static final S3Profile AWS = of(
            "AWS",
            "(?:.+\\.)?s3[.-](?:dualstack\\.)?(?:(?<region>[a-z0-9-]+)\\.)?(?:vpce\\.)?amazonaws\\.com(?:\\.cn)?",
            US);

    /** In order; the first that matches counts. */
    private static final List<S3Profile> TABLE = List.of(
            AWS,
            new S3Profile(
                    "Cloudflare R2", Pattern.compile(".+\\.r2\\.cloudflarestorage\\.com"), AUTO, Set.of(), 2, Map.of()),
            of(
                    "Backblaze B2",
                    "(?:.+\\.)?s3\\.(?<region>[a-z0-9-]+)\\.backblazeb2\\.com",
                    US,
                    Quirk.PATH_STYLE,
                    Quirk.NO_CONDITIONS),
            of(
                    "DigitalOcean Spaces",
                    "(?:.+\\.)?(?<region>[a-z0-9-]+)\\.digitaloceanspaces\\.com",
                    US,
                    Quirk.NO_CONDITIONS),
            new S3Profile(
                    "Tigris",
                    Pattern.compile("(?:.+\\.)?(?:fly\\.storage\\.tigris\\.dev|t3\\.storage\\.dev)"),
                    AUTO,
                    Set.of(Quirk.NO_CONTENT_MD5),
                    5,
                    Map.of("X-Tigris-Consistent", "true")),
            of("Hetzner", "(?:.+\\.)?(?<region>[a-z0-9-]+)\\.your-objectstorage\\.com", US, Quirk.NO_CONDITIONS),
            of("Supabase", ".+\\.supabase\\.co", US, Quirk.PATH_STYLE, Quirk.NO_CONDITIONS),
            of("Scaleway", "(?:.+\\.)?s3\\.(?<region>[a-z0-9-]+)\\.scw\\.cloud", US, Quirk.NO_CONDITIONS),
            of("Filebase", "s3\\.filebase\\.com", US, Quirk.PATH_STYLE, Quirk.NO_CONDITIONS),
            of("Linode", "(?:.+\\.)?(?<region>[a-z0-9-]+)\\.linodeobjects\\.com", US, Quirk.NO_CONDITIONS),
            of(
                    "Alibaba Cloud OSS",
                    "(?:.+\\.)?oss-(?<region>[a-z0-9-]+?)(?:-internal)?\\.aliyuncs\\.com",
                    "cn-hangzhou",
                    Quirk.HOST_STYLE,
                    Quirk.NO_CONDITIONS),
            of(
                    "Google Cloud Storage",
                    ".*storage.*\\.googleapis\\.com",
                    AUTO,
                    Quirk.NO_CONDITIONS,
                    Quirk.NO_BULK_DELETE),
            of("MinIO-like", ".+:[0-9]+", US, Quirk.PATH_STYLE),
            of("unknown", ".*", US, Quirk.NO_CONDITIONS));

    public S3Profile {
        quirks = Set.copyOf(quirks);
        headers = Map.copyOf(headers);
    }

    /**
     * The profile of an endpoint.
     *
     * @param authority {@code host} or {@code host:port} of the endpoint; null for S3 itself
     */
    public static S3Profile of(@Nullable String authority) {
        if (authority == null) {
            return AWS;
        }
        String host = authority.replaceFirst("(\\.[a-z]+):(?:443|80)$", "$1");
        return TABLE.stream()
                .filter(profile -> profile.hosts.matcher(host).matches())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("The last row of the table matches any host"));
    }

    /** Whether it differs so. */
    public boolean has(Quirk quirk) {
        return quirks.contains(quirk);
    }

    /** The region that the host of an endpoint names, else the default one. */
    public String region(String authority) {
        return regionIn(authority).orElse(defaultRegion);
    }

    private Optional<String> regionIn(String authority) {
        if (!hosts.pattern().contains("(?<region>")) {
            return Optional.empty();
        }
        Matcher matcher = hosts.matcher(authority);
        return matcher.matches() ? Optional.ofNullable(matcher.group("region")) : Optional.empty();
    }

    private static S3Profile of(String name, String hosts, String defaultRegion, Quirk... quirks) {
        return new S3Profile(name, Pattern.compile(hosts), defaultRegion, Set.of(quirks), 5, Map.of());
    }
}
