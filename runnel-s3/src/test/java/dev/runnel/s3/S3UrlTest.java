package dev.runnel.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3UrlTest {

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            s3://b,                                        b,      '',    -,                                  -,         false
            s3://b/,                                       b,      '',    -,                                  -,         false
            s3://b/a/b/,                                   b,      a/b,   -,                                  -,         false
            s3://b//a/./x/../b,                            b,      a/b,   -,                                  -,         false
            s3://b/a%20b+c,                                b,      a b+c, -,                                  -,         false
            s3://my.bucket/a,                              my.bucket, a,  -,                                  -,         false
            s3://b.s3.amazonaws.com/a,                     b,      a,     -,                                  -,         false
            s3://b.s3.eu-west-1.amazonaws.com/a,           b,      a,     -,                                  eu-west-1, false
            s3://b.c.s3.eu-west-1.amazonaws.com/a,         b.c,    a,     -,                                  eu-west-1, false
            s3://b/a?region=eu-west-1,                     b,      a,     -,                                  eu-west-1, false
            s3://b.nyc3.digitaloceanspaces.com/a,          b,      a,     https://nyc3.digitaloceanspaces.com, nyc3,     false
            s3://b.s3.us-west-000.backblazeb2.com/a,       b,      a,     https://s3.us-west-000.backblazeb2.com, us-west-000, true
            s3://b.s3.filebase.com/a,                      b,      a,     https://s3.filebase.com,            us-east-1, true
            s3://b.s3.fr-par.scw.cloud/a,                  b,      a,     https://s3.fr-par.scw.cloud,        fr-par,    false
            s3://b.eu-central-1.linodeobjects.com/a,       b,      a,     https://eu-central-1.linodeobjects.com, eu-central-1, true
            s3://b.localhost:9000/a,                       b,      a,     http://localhost:9000,              us-east-1, true
            s3://b.localhost/a,                            b,      a,     http://localhost,                   us-east-1, true
            s3://b.minio.internal:9000/a,                  b,      a,     http://minio.internal:9000,         us-east-1, true
            s3://b.10.0.0.1:9000/a,                        b,      a,     http://10.0.0.1:9000,               us-east-1, true
            s3://b/a?endpoint=localhost:9000,              b,      a,     http://localhost:9000,              us-east-1, true
            s3://b/a?endpoint=192.168.1.5:9000,            b,      a,     http://192.168.1.5:9000,            us-east-1, true
            s3://b/a?endpoint=minio.example.com,           b,      a,     https://minio.example.com,          us-east-1, true
            s3://b/a?endpoint=http://minio.example.com:9000/, b,   a,     http://minio.example.com:9000,      us-east-1, true
            s3://b/a?endpoint=x.r2.cloudflarestorage.com,  b,      a,     https://x.r2.cloudflarestorage.com, auto,      true
            s3://b/a?endpoint=fly.storage.tigris.dev,      b,      a,     https://fly.storage.tigris.dev,     auto,      true
            s3://b/a?endpoint=https://p.supabase.co/storage/v1/s3, b, a,  https://p.supabase.co/storage/v1/s3, us-east-1, true
            s3://b/a?endpoint=minio.example.com&forcePathStyle=false,  b, a, https://minio.example.com,       us-east-1, false
            s3://b/a?endpoint=minio.example.com&force-path-style=false, b, a, https://minio.example.com,      us-east-1, false
            s3://b/a?endpoint=s3.x.backblazeb2.com&forcePathStyle=false, b, a, https://s3.x.backblazeb2.com,  x,         true
            s3://b/a?forcePathStyle=true,                  b,      a,     -,                                  -,         true
            s3://b.nyc3.digitaloceanspaces.com/a?forcePathStyle=true, b, a, https://nyc3.digitaloceanspaces.com, nyc3,   true
            s3://arn:aws:s3:us-west-2:123456789012:accesspoint/ap/a/b, arn:aws:s3:us-west-2:123456789012:accesspoint/ap, a/b, -, us-west-2, false
            s3://arn:aws:s3:us-west-2:123456789012:accesspoint/ap, arn:aws:s3:us-west-2:123456789012:accesspoint/ap, '', -, us-west-2, false
            """)
    void tellsBucketPathEndpointRegionAndAddressing(
            String url,
            String bucket,
            String path,
            @Nullable String endpoint,
            @Nullable String region,
            boolean pathStyle) {
        S3Url parsed = S3Url.parse(url, null);
        S3Settings settings = parsed.settings().build();
        assertThat(settings.bucket()).isEqualTo(bucket);
        assertThat(parsed.path()).isEqualTo(path);
        assertThat(settings.endpoint()).isEqualTo(endpoint == null ? null : URI.create(endpoint));
        assertThat(settings.region()).isEqualTo(region);
        assertThat(settings.pathStyle()).isEqualTo(pathStyle);
        assertThat(parsed.unknownParameters()).isEmpty();
    }

    @Test
    void takesAllParametersInBothCases() {
        String key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D";
        for (String url : new String[] {
            "s3://b/p?skipVerify=true&signPayload=false&requireContentMD5=false&storageClass=GLACIER_IR&partSize=10MiB"
                    + "&concurrency=7&sseCustomerAlgorithm=AES256&sseCustomerKey=" + key + "&sseCustomerKeyMD5=x",
            "s3://b/p?skip-verify=1&sign-payload=0&require-content-md5=no&storage-class=GLACIER_IR&part-size=10485760"
                    + "&concurrency=7&sse-customer-algorithm=AES256&sse-customer-key=" + key + "&sse-customer-key-md5=x"
        }) {
            S3Url parsed = S3Url.parse(url, null);
            S3Settings settings = parsed.settings().build();
            assertThat(settings.skipVerify()).isTrue();
            assertThat(settings.signPayload()).isFalse();
            assertThat(settings.requireContentMd5()).isFalse();
            assertThat(settings.storageClass()).isEqualTo("GLACIER_IR");
            assertThat(settings.partSize()).isEqualTo(10 * 1024 * 1024);
            assertThat(settings.concurrency()).isEqualTo(7);
            assertThat(settings.sseCustomerKey()).endsWith("A=");
            assertThat(parsed.unknownParameters()).isEmpty();
        }
        assertThat(S3Url.parse("s3://b?sse-kms-key-id=k", null)
                        .settings()
                        .build()
                        .sseKmsKeyId())
                .isEqualTo("k");
    }

    @Test
    void parametersNotGivenAreDefaults() {
        S3Settings settings = S3Url.parse("s3://b/p", null).settings().build();
        S3Settings defaults = S3Settings.builder().bucket("b").build();
        assertThat(settings).hasToString(defaults.toString());
        assertThat(settings.signPayload()).isTrue();
        assertThat(settings.skipVerify()).isFalse();
        assertThat(settings.partSize()).isEqualTo(5 * 1024 * 1024);
        assertThat(settings.concurrency()).isEqualTo(5);
        assertThat(settings.requireContentMd5()).isTrue();
    }

    @Test
    void configurationComesOverTheUrl() {
        S3Url url = S3Url.parse("s3://b/p?endpoint=s3.x.backblazeb2.com&region=y&partSize=6MiB", null);
        S3Settings settings = url.settings()
                .forcePathStyle(false)
                .region("z")
                .partSize(S3Settings.MIN_PART_SIZE)
                .build();
        assertThat(settings.pathStyle()).isFalse();
        assertThat(settings.region()).isEqualTo("z");
        assertThat(settings.partSize()).isEqualTo(S3Settings.MIN_PART_SIZE);
    }

    @Test
    void endpointOfTheEnvironmentStandsInForNone() {
        assertThat(S3Url.parse("s3://b/p", "localhost:9000").settings().build().endpoint())
                .isEqualTo(URI.create("http://localhost:9000"));
        assertThat(S3Url.parse("s3://b/p", "localhost:9000").settings().build().pathStyle())
                .isTrue();
        assertThat(S3Url.parse("s3://b/p?endpoint=other:1", "localhost:9000")
                        .settings()
                        .build()
                        .endpoint())
                .isEqualTo(URI.create("https://other:1"));
        assertThat(S3Url.parse("s3://b.localhost:1/p", "localhost:9000")
                        .settings()
                        .build()
                        .endpoint())
                .isEqualTo(URI.create("http://localhost:1"));
    }

    @Test
    void tellsUnknownParameters() {
        assertThat(S3Url.parse("s3://b/p?regoin=x&endpoint=localhost&y", null).unknownParameters())
                .containsExactly("regoin", "y");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            file:///x                          | write s3://bucket/path
            s3://                              | no bucket
            s3:///path                         | no bucket
            s3://key:secret@bucket/path        | access-key-id
            s3://localhost:9000/bucket         | no bucket before the host
            s3://b.example.com:9000/p          | write s3://b/path?endpoint=example.com:9000
            s3://b/p?partSize=big              | is no size
            s3://b/p?concurrency=0             | must be positive
            s3://b/p?concurrency=many          | no number
            s3://b/p?skipVerify=perhaps        | write true or false
            s3://b/p?endpoint=ftp://x          | is no http or https address
            s3://b/p?region=%zz                | p?region': a % that
            """)
    void refusesWithRemedy(String url, String message) {
        assertThatThrownBy(() -> S3Url.parse(url, null).settings().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
