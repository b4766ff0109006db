package dev.runnel.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3SettingsTest {

    private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

    /** The provider table, column by column. */
    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            -,                                    AWS,                  -,           false, true,  5, true
            https://s3.eu-west-1.amazonaws.com,   AWS,                  eu-west-1,   true,  true,  5, true
            https://s3.amazonaws.com,             AWS,                  us-east-1,   true,  true,  5, true
            https://s3.dualstack.eu-west-1.amazonaws.com, AWS,          eu-west-1,   true,  true,  5, true
            https://acc.r2.cloudflarestorage.com, Cloudflare R2,        auto,        true,  true,  2, true
            https://acc.eu.r2.cloudflarestorage.com, Cloudflare R2,     auto,        true,  true,  2, true
            https://s3.us-west-000.backblazeb2.com, Backblaze B2,       us-west-000, true,  true,  5, false
            https://nyc3.digitaloceanspaces.com,  DigitalOcean Spaces,  nyc3,        true,  true,  5, false
            https://fly.storage.tigris.dev,       Tigris,               auto,        true,  false, 5, true
            https://t3.storage.dev,               Tigris,               auto,        true,  false, 5, true
            http://minio:9000,                    MinIO-like,           us-east-1,   true,  true,  5, true
            https://fsn1.your-objectstorage.com,  Hetzner,              fsn1,        true,  true,  5, false
            https://x.supabase.co/storage/v1/s3,  Supabase,             us-east-1,   true,  true,  5, false
            https://s3.fr-par.scw.cloud,          Scaleway,             fr-par,      true,  true,  5, false
            https://s3.filebase.com,              Filebase,             us-east-1,   true,  true,  5, false
            https://storage.googleapis.com,       Google Cloud Storage, auto,        true,  true,  5, false
            https://s3.example.com,               unknown,              us-east-1,   true,  true,  5, false
            https://s3.filebase.com:443,          Filebase,             us-east-1,   true,  true,  5, false
            """)
    void providersDiffer(
            String endpoint,
            String name,
            String region,
            boolean pathStyle,
            boolean md5,
            int concurrency,
            boolean conditions) {
        S3Settings settings =
                S3Settings.builder().bucket("b").endpoint(endpoint).build();
        assertThat(settings.profile().name()).isEqualTo(name);
        assertThat(settings.region()).isEqualTo(region);
        assertThat(settings.pathStyle()).isEqualTo(pathStyle);
        assertThat(settings.requireContentMd5()).isEqualTo(md5);
        assertThat(settings.concurrency()).isEqualTo(concurrency);
        assertThat(settings.conditionalWrites()).isEqualTo(conditions);
        assertThat(settings.profile().has(S3Profile.Quirk.NO_BULK_DELETE)).isEqualTo(name.startsWith("Google"));
    }

    @Test
    void servicesThatWantPathStyleGetIt() {
        Set<String> wanting = Set.of("Backblaze B2", "Supabase", "Filebase", "MinIO-like");
        for (String host : new String[] {
            "s3.us-west-000.backblazeb2.com", "x.supabase.co", "s3.filebase.com", "minio:9000",
            "nyc3.digitaloceanspaces.com", "fsn1.your-objectstorage.com", "s3.fr-par.scw.cloud",
                    "fly.storage.tigris.dev"
        }) {
            S3Profile profile = S3Profile.of(host);
            assertThat(profile.has(S3Profile.Quirk.PATH_STYLE)).as(host).isEqualTo(wanting.contains(profile.name()));
        }
    }

    @Test
    void explicitSettingsComeFirst() {
        S3Settings settings = S3Settings.builder()
                .bucket("b")
                .endpoint("https://fly.storage.tigris.dev")
                .region("here")
                .forcePathStyle(false)
                .requireContentMd5(true)
                .concurrency(9)
                .conditionalWrites(false)
                .build();
        assertThat(settings.region()).isEqualTo("here");
        assertThat(settings.pathStyle()).isFalse();
        assertThat(settings.requireContentMd5()).isTrue();
        assertThat(settings.concurrency()).isEqualTo(9);
        assertThat(settings.conditionalWrites()).isFalse();
    }

    @Test
    void copyHasEverySetting() throws Exception {
        S3Settings.Builder builder = S3Settings.builder()
                .bucket("b")
                .endpoint("https://x")
                .region("r")
                .accessKeyId("id")
                .secretAccessKey("secret")
                .sessionToken("token")
                .forcePathStyle(true)
                .skipVerify(true)
                .signPayload(false)
                .requireContentMd5(false)
                .conditionalWrites(true)
                .partSize(6 << 20)
                .concurrency(3)
                .storageClass("C")
                .sseCustomerAlgorithm("A")
                .sseCustomerKey(KEY);
        S3Settings once = builder.build();
        S3Settings twice = once.toBuilder().build();
        for (var method : S3Settings.class.getMethods()) {
            if (method.getDeclaringClass() == S3Settings.class
                    && method.getParameterCount() == 0
                    && !Set.of("toBuilder", "builder", "toString").contains(method.getName())) {
                assertThat(method.invoke(twice)).as(method.getName()).isEqualTo(method.invoke(once));
            }
        }
        builder.bucket("changed");
        assertThat(once.bucket()).isEqualTo("b");
    }

    @Test
    void textHasNoSecrets() {
        S3Settings settings = S3Settings.builder()
                .bucket("b")
                .accessKeyId("id")
                .secretAccessKey("hush")
                .sseCustomerKey(KEY)
                .build();
        assertThat(settings.toString())
                .doesNotContain("hush")
                .doesNotContain(KEY)
                .contains("id");
        assertThat(new S3ObjectStore(settings, new TestTime()).toString()).doesNotContain("hush");
    }

    @Test
    void impossibleSettingsNameTheirKey() {
        refused(S3Settings.builder(), "bucket is not set");
        refused(S3Settings.builder().bucket("a/b"), "is no name of a bucket");
        refused(bucket().accessKeyId("id"), "secret-access-key is not");
        refused(bucket().secretAccessKey("x"), "access-key-id is not");
        refused(bucket().partSize(5 * 1024 * 1024 - 1), "part-size");
        refused(bucket().partSize(Long.MAX_VALUE), "part-size");
        refused(bucket().concurrency(0), "concurrency");
        refused(bucket().endpoint("https://"), "endpoint");
        refused(bucket().endpoint("https://u:p@host"), "endpoint");
        refused(bucket().sseCustomerKey("AAAA"), "has 3 bytes");
        refused(bucket().sseCustomerKey("***"), "not Base64");
        refused(bucket().sseCustomerKey(KEY).sseKmsKeyId("k"), "exclude each other");
        refused(bucket().sseCustomerKey(KEY).endpoint("http://minio.example.com"), "plain HTTP");
        assertThatCode(() -> bucket().sseCustomerKey(KEY)
                        .endpoint("http://10.1.2.3:9000")
                        .build())
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "5242880, 5242880",
        "10MB, 10000000",
        "10 mb, 10000000",
        "10M, 10000000",
        "10MiB, 10485760",
        "10mi, 10485760",
        "1.5GiB, 1610612736",
        "64kB, 64000",
        "7b, 7"
    })
    void sizesAreReadAsPeopleWriteThem(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @Test
    void otherSizesAreRefused() {
        for (String text : new String[] {"", "MB", "-1", "10XB", "1e6", "10 M B", "99999999999TB"}) {
            assertThatThrownBy(() -> ByteSize.parse(text))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is no size");
        }
    }

    @Test
    void partsGrowWithTheBody() {
        long mib = 1024 * 1024;
        assertThat(MultipartUpload.partSize(100 * mib, 5 * mib)).isEqualTo(5 * mib);
        assertThat(MultipartUpload.partSize(50_000 * mib, 5 * mib)).isEqualTo(5 * mib);
        assertThat(MultipartUpload.partSize(50_000 * mib + 1, 5 * mib)).isEqualTo(6 * mib);
        assertThat(MultipartUpload.partSize(1024 * 1024 * mib, 5 * mib)).isEqualTo(105 * mib);
    }

    private static S3Settings.Builder bucket() {
        return S3Settings.builder().bucket("b");
    }

    private static void refused(S3Settings.Builder builder, String message) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
