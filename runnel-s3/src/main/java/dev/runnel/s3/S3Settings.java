package dev.runnel.s3;

import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where and how to store in S3. Immutable; made by {@link #builder}. The defaults are those of Litestream, what is
 * particular about a service comes from {@link S3Profile}, and an explicit setting comes before both.
 */
public final class S3Settings {

    /** Smallest size of a part but the last, set by S3, and the default. */
    public static final long MIN_PART_SIZE = 5L * 1024 * 1024;

    /** Largest size of a part, set by S3. */
    public static final long MAX_PART_SIZE = 5L * 1024 * 1024 * 1024;

    private final Builder values;
    private final @Nullable URI endpoint;
    private final S3Profile profile;

    private S3Settings(Builder builder) {
        this.values = builder.copy();
        this.endpoint = values.endpoint == null ? null : Endpoints.parse(values.endpoint);
        this.profile = S3Profile.of(endpoint == null ? null : Endpoints.authority(endpoint));
        check();
    }

    /** All settings at their defaults but the bucket, which has none. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts with these settings. */
    public Builder toBuilder() {
        return values.copy();
    }

    /** Name of the bucket, or ARN of an access point. */
    public String bucket() {
        return values.bucket;
    }

    /** Address of the service, with its scheme; null for S3 of AWS in the region of the bucket. */
    public @Nullable URI endpoint() {
        return endpoint;
    }

    /** What is particular about the service. */
    public S3Profile profile() {
        return profile;
    }

    /** The region set, else what the endpoint tells; null when the bucket itself must be asked. */
    public @Nullable String region() {
        if (values.region != null) {
            return values.region;
        }
        if (endpoint != null) {
            return profile.region(Endpoints.authority(endpoint));
        }
        String[] arn = values.bucket.split(":", 6);
        return arn.length == 6 && arn[0].equals("arn") && !arn[3].isEmpty() ? arn[3] : null;
    }

    /** Static key; null to look for one in the environment, as the AWS SDK does. */
    public @Nullable String accessKeyId() {
        return values.accessKeyId;
    }

    /** Null exactly if {@link #accessKeyId} is. */
    public @Nullable String secretAccessKey() {
        return values.secretAccessKey;
    }

    /** Of temporary static keys. */
    public @Nullable String sessionToken() {
        return values.sessionToken;
    }

    /** Whether the bucket is part of the path rather than of the host. */
    public boolean pathStyle() {
        if (values.forcePathStyle != null) {
            return values.forcePathStyle;
        }
        boolean byHost = profile.has(S3Profile.Quirk.HOST_STYLE);
        return !byHost && (endpoint != null || profile.has(S3Profile.Quirk.PATH_STYLE));
    }

    /** Whether any certificate will do. */
    public boolean skipVerify() {
        return values.skipVerify;
    }

    /** Whether the signature covers the body. Over plain HTTP it always does. */
    public boolean signPayload() {
        return values.signPayload;
    }

    /** Whether DeleteObjects has a Content-MD5. */
    public boolean requireContentMd5() {
        return values.requireContentMd5 != null
                ? values.requireContentMd5
                : !profile.has(S3Profile.Quirk.NO_CONTENT_MD5);
    }

    /** Whether conditional writes are used. */
    public boolean conditionalWrites() {
        return values.conditionalWrites != null
                ? values.conditionalWrites
                : !profile.has(S3Profile.Quirk.NO_CONDITIONS);
    }

    /** Bytes per part; bodies of at least that size are sent in parts. */
    public long partSize() {
        return values.partSize;
    }

    /** Parts of one upload sent at the same time. */
    public int concurrency() {
        return values.concurrency != null ? values.concurrency : profile.concurrency();
    }

    /** E.g. {@code STANDARD_IA}; null for the default of the bucket. */
    public @Nullable String storageClass() {
        return values.storageClass;
    }

    /** {@code AES256} when there is an {@link #sseCustomerKey}. */
    public String sseCustomerAlgorithm() {
        return values.sseCustomerAlgorithm;
    }

    /** Base64 of the 32 bytes of the key with which the service encrypts; null for none. */
    public @Nullable String sseCustomerKey() {
        return values.sseCustomerKey;
    }

    /** Key of AWS KMS with which the service encrypts; null for none. */
    public @Nullable String sseKmsKeyId() {
        return values.sseKmsKeyId;
    }

    /** A PEM file whose certificates alone are trusted; null for those of the JVM. */
    public @Nullable Path certificateBundle() {
        return values.certificateBundle;
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return "S3Settings[bucket=" + values.bucket + ", endpoint=" + endpoint + ", region=" + region() + ", profile="
                + profile.name() + ", accessKeyId=" + values.accessKeyId + "]";
    }

    private void check() {
        if (values.bucket.isEmpty() || (values.bucket.contains("/") && !values.bucket.startsWith("arn:"))) {
            throw new IllegalArgumentException(
                    values.bucket.isEmpty()
                            ? "bucket is not set"
                            : "bucket '" + values.bucket + "' is no name of a bucket");
        }
        if ((values.accessKeyId == null) != (values.secretAccessKey == null)) {
            throw new IllegalArgumentException((values.accessKeyId == null
                            ? "secret-access-key is set but access-key-id"
                            : "access-key-id is set but secret-access-key")
                    + " is not; set both or none");
        }
        if (values.partSize < MIN_PART_SIZE || values.partSize > MAX_PART_SIZE) {
            throw new IllegalArgumentException("part-size is " + values.partSize + "; S3 takes from " + MIN_PART_SIZE
                    + " (5MiB) to " + MAX_PART_SIZE);
        }
        if (concurrency() < 1) {
            throw new IllegalArgumentException("concurrency is " + concurrency() + "; it must be at least 1");
        }
        checkEncryption();
    }

    private void checkEncryption() {
        String key = values.sseCustomerKey;
        if (key == null) {
            return;
        }
        if (values.sseKmsKeyId != null) {
            throw new IllegalArgumentException("sse-customer-key and sse-kms-key-id exclude each other; set one");
        }
        int length;
        try {
            length = Base64.getDecoder().decode(key).length;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("sse-customer-key is not Base64", e);
        }
        if (length != 32) {
            throw new IllegalArgumentException(
                    "sse-customer-key has " + length + " bytes; it must be Base64 of 32 bytes");
        }
        if (endpoint != null
                && "http".equals(endpoint.getScheme().toLowerCase(Locale.ROOT))
                && !Endpoints.isLocal(Endpoints.authority(endpoint))) {
            throw new IllegalArgumentException(
                    "sse-customer-key would go over plain HTTP to " + endpoint + "; use https, or remove the key");
        }
    }

    /** Collects settings. Null means "not set" everywhere; so does an empty text. */
    public static final class Builder {

        private String bucket = "";
        private @Nullable String endpoint;
        private @Nullable String region;
        private @Nullable String accessKeyId;
        private @Nullable String secretAccessKey;
        private @Nullable String sessionToken;
        private @Nullable Boolean forcePathStyle;
        private boolean skipVerify;
        private boolean signPayload = true;
        private @Nullable Boolean requireContentMd5;
        private @Nullable Boolean conditionalWrites;
        private long partSize = MIN_PART_SIZE;
        private @Nullable Integer concurrency;
        private @Nullable String storageClass;
        private String sseCustomerAlgorithm = "AES256";
        private @Nullable String sseCustomerKey;
        private @Nullable String sseKmsKeyId;
        private @Nullable Path certificateBundle;

        private Builder() {}

        public Builder bucket(String value) {
            bucket = value;
            return this;
        }

        /** With or without a scheme; see {@link S3Settings#endpoint}. */
        public Builder endpoint(@Nullable String value) {
            endpoint = emptyToNull(value);
            return this;
        }

        public Builder region(@Nullable String value) {
            region = emptyToNull(value);
            return this;
        }

        public Builder accessKeyId(@Nullable String value) {
            accessKeyId = emptyToNull(value);
            return this;
        }

        public Builder secretAccessKey(@Nullable String value) {
            secretAccessKey = emptyToNull(value);
            return this;
        }

        public Builder sessionToken(@Nullable String value) {
            sessionToken = emptyToNull(value);
            return this;
        }

        /** Null: by path exactly if an endpoint is set or the service wants it. */
        public Builder forcePathStyle(@Nullable Boolean value) {
            forcePathStyle = value;
            return this;
        }

        public Builder skipVerify(boolean value) {
            skipVerify = value;
            return this;
        }

        public Builder signPayload(boolean value) {
            signPayload = value;
            return this;
        }

        /** Null: as the service wants it. */
        public Builder requireContentMd5(@Nullable Boolean value) {
            requireContentMd5 = value;
            return this;
        }

        /** Null: where the service is known to enforce conditions. */
        public Builder conditionalWrites(@Nullable Boolean value) {
            conditionalWrites = value;
            return this;
        }

        /** Bytes, from {@link #MIN_PART_SIZE} to {@link #MAX_PART_SIZE}. Larger ones mean fewer requests. */
        public Builder partSize(long bytes) {
            partSize = bytes;
            return this;
        }

        /** 1 or more; null: as the service wants it. More is faster on long lines and takes more connections. */
        public Builder concurrency(@Nullable Integer value) {
            concurrency = value;
            return this;
        }

        public Builder storageClass(@Nullable String value) {
            storageClass = emptyToNull(value);
            return this;
        }

        public Builder sseCustomerAlgorithm(@Nullable String value) {
            sseCustomerAlgorithm = value == null || value.isEmpty() ? "AES256" : value;
            return this;
        }

        public Builder sseCustomerKey(@Nullable String base64) {
            sseCustomerKey = emptyToNull(base64);
            return this;
        }

        public Builder sseKmsKeyId(@Nullable String value) {
            sseKmsKeyId = emptyToNull(value);
            return this;
        }

        /** A PEM file whose certificates alone are trusted; null for those of the JVM. */
        public Builder certificateBundle(@Nullable Path file) {
            certificateBundle = file;
            return this;
        }

        /** @throws IllegalArgumentException if a setting is not possible; the message names its configuration key */
        public S3Settings build() {
            return new S3Settings(this);
        }

        private Builder copy() {
            Builder copy = new Builder();
            copy.bucket = bucket;
            copy.endpoint = endpoint;
            copy.region = region;
            copy.accessKeyId = accessKeyId;
            copy.secretAccessKey = secretAccessKey;
            copy.sessionToken = sessionToken;
            copy.forcePathStyle = forcePathStyle;
            copy.skipVerify = skipVerify;
            copy.signPayload = signPayload;
            copy.requireContentMd5 = requireContentMd5;
            copy.conditionalWrites = conditionalWrites;
            copy.partSize = partSize;
            copy.concurrency = concurrency;
            copy.storageClass = storageClass;
            copy.sseCustomerAlgorithm = sseCustomerAlgorithm;
            copy.sseCustomerKey = sseCustomerKey;
            copy.sseKmsKeyId = sseKmsKeyId;
            copy.certificateBundle = certificateBundle;
            return copy;
        }

        private static @Nullable String emptyToNull(@Nullable String value) {
            return value == null || value.isEmpty() ? null : value;
        }
    }
}
