package dev.runnel.s3;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.client.config.SdkAdvancedClientOption;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.spi.scheme.AuthSchemeOption;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.auth.scheme.S3AuthSchemeParams;
import software.amazon.awssdk.services.s3.auth.scheme.S3AuthSchemeProvider;
import software.amazon.awssdk.utils.AttributeMap;

/** Makes clients of the SDK from settings. All that the SDK decides by defaults that may change is set here. */
final class S3Clients {

    /** Attempts per call, the first included: enough for a stale connection and one more; callers back off. */
    static final int ATTEMPTS = 3;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** Between two bytes of an answer. Completing a large upload takes S3 a while, but it sends blanks meanwhile. */
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

    private static final Region FIRST_REGION = Region.US_EAST_1;

    private S3Clients() {}

    /** The client of the SDK and what it stands on. */
    record Clients(S3Client s3, ObservedHttpClient http) implements AutoCloseable {

        @Override
        public void close() {
            s3.close();
            http.close();
        }
    }

    /** @throws RuntimeException of the SDK, or {@link S3Errors.NoCredentials} */
    static Clients create(S3Settings settings, WireLog wire) {
        return create(settings, settings.profile(), wire);
    }

    static Clients create(S3Settings settings, S3Profile profile, WireLog wire) {
        ObservedHttpClient http = new ObservedHttpClient(wire.around(httpClient(settings)));
        try {
            AwsCredentialsProvider credentials = credentials(settings);
            String region = settings.region();
            if (region == null) {
                try (S3Client first = client(settings, profile, http, credentials, FIRST_REGION)) {
                    region = BucketRegion.find(first, settings.bucket());
                }
            }
            return new Clients(client(settings, profile, http, credentials, Region.of(region)), http);
        } catch (RuntimeException e) {
            http.close();
            throw e;
        }
    }

    private static S3Client client(
            S3Settings settings,
            S3Profile profile,
            SdkHttpClient http,
            AwsCredentialsProvider credentials,
            Region region) {
        URI endpoint = settings.endpoint();
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(http)
                .credentialsProvider(credentials)
                .region(region)
                .forcePathStyle(settings.pathStyle())
                .authSchemeProvider(new PayloadSigning(settings.signPayload()))
                // The SDK would frame bodies in chunks with a checksum behind them, which many services do not know.
                // Where checksums are wanted, ObjectParameters sends them as headers.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                // HttpURLConnection waits 5 s for "100 Continue" from services that never send it.
                .serviceConfiguration(c -> c.expectContinueEnabled(false).chunkedEncodingEnabled(false))
                .overrideConfiguration(overrides(profile));
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        if (settings.requireContentMd5()) {
            builder.addPlugin(LegacyMd5Plugin.create());
        }
        return builder.build();
    }

    private static ClientOverrideConfiguration overrides(S3Profile profile) {
        ClientOverrideConfiguration.Builder builder = ClientOverrideConfiguration.builder()
                .retryStrategy(retryStrategy())
                .putAdvancedOption(SdkAdvancedClientOption.USER_AGENT_PREFIX, "runnel");
        profile.headers().forEach(builder::putHeader);
        return builder.build();
    }

    /** Standard mode with few attempts, without a budget: when to give up is up to the caller. */
    private static RetryStrategy retryStrategy() {
        return AwsRetryStrategy.standardRetryStrategy().toBuilder()
                .maxAttempts(ATTEMPTS)
                .circuitBreakerEnabled(false)
                .retryOnException(S3Clients::isRetriedToo)
                .build();
    }

    private static boolean isRetriedToo(Throwable e) {
        if (e instanceof SdkServiceException answer && answer.statusCode() == 408) {
            return true;
        }
        return e instanceof AwsServiceException answer
                && answer.awsErrorDetails() != null
                && "RequestCanceled".equals(answer.awsErrorDetails().errorCode());
    }

    private static SdkHttpClient httpClient(S3Settings settings) {
        AttributeMap options = AttributeMap.builder()
                .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, settings.skipVerify())
                .build();
        UrlConnectionHttpClient.Builder builder = UrlConnectionHttpClient.builder()
                .connectionTimeout(CONNECT_TIMEOUT)
                .socketTimeout(READ_TIMEOUT);
        Path bundle = settings.certificateBundle();
        if (bundle != null && !settings.skipVerify()) {
            builder.tlsTrustManagersProvider(CertificateBundle.read(bundle));
        }
        return builder.buildWithDefaults(options);
    }

    private static AwsCredentialsProvider credentials(S3Settings settings) {
        String id = settings.accessKeyId();
        String secret = settings.secretAccessKey();
        if (id != null && secret != null) {
            String session = settings.sessionToken();
            return StaticCredentialsProvider.create(
                    session == null
                            ? AwsBasicCredentials.create(id, secret)
                            : AwsSessionCredentials.create(id, secret, session));
        }
        AwsCredentialsProvider chain = DefaultCredentialsProvider.builder().build();
        AwsCredentialsProvider named = () -> {
            try {
                return chain.resolveCredentials();
            } catch (SdkException e) {
                throw new S3Errors.NoCredentials(e);
            }
        };
        named.resolveCredentials();
        return named;
    }

    /** The SDK's choice of signing, with the two things that services differ in said explicitly. */
    private record PayloadSigning(boolean signPayload) implements S3AuthSchemeProvider {

        private static final S3AuthSchemeProvider SDK = S3AuthSchemeProvider.defaultProvider();

        @Override
        public List<AuthSchemeOption> resolveAuthScheme(S3AuthSchemeParams parameters) {
            return SDK.resolveAuthScheme(parameters).stream().map(this::adapt).toList();
        }

        private AuthSchemeOption adapt(AuthSchemeOption option) {
            if (!option.schemeId().toLowerCase(Locale.ROOT).contains("sigv4")) {
                return option;
            }
            return option.toBuilder()
                    .putSignerProperty(AwsV4FamilyHttpSigner.PAYLOAD_SIGNING_ENABLED, signPayload)
                    .putSignerProperty(AwsV4FamilyHttpSigner.CHUNK_ENCODING_ENABLED, false)
                    .build();
        }
    }

    /** Asks where a bucket is. */
    static final class BucketRegion {

        private BucketRegion() {}

        /** GetBucketLocation, or, where that is not permitted, what the answer to HeadBucket tells in its header. */
        static String find(S3Client client, String bucket) {
            try {
                String constraint =
                        client.getBucketLocation(r -> r.bucket(bucket)).locationConstraintAsString();
                return fromConstraint(constraint);
            } catch (AwsServiceException e) {
                if (e.statusCode() == 404) {
                    throw e;
                }
                String header = regionHeader(e);
                if (header == null) {
                    header = headBucket(client, bucket);
                }
                if (header == null) {
                    throw e;
                }
                return header;
            }
        }

        /** S3 names its first region by nothing and an early one by a continent. */
        private static String fromConstraint(@Nullable String constraint) {
            if (constraint == null || constraint.isEmpty() || constraint.equals("null")) {
                return FIRST_REGION.id();
            }
            return constraint.equals("EU") ? Region.EU_WEST_1.id() : constraint;
        }

        private static @Nullable String headBucket(S3Client client, String bucket) {
            try {
                return client.headBucket(r -> r.bucket(bucket)).bucketRegion();
            } catch (AwsServiceException e) {
                return regionHeader(e);
            }
        }

        private static @Nullable String regionHeader(AwsServiceException e) {
            if (e.awsErrorDetails() == null || e.awsErrorDetails().sdkHttpResponse() == null) {
                return null;
            }
            return e.awsErrorDetails()
                    .sdkHttpResponse()
                    .firstMatchingHeader("x-amz-bucket-region")
                    .orElse(null);
        }
    }
}
