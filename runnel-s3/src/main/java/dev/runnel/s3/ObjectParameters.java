package dev.runnel.s3;

import dev.runnel.storage.Timestamps;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** What requests about objects have in common: encryption, storage class, and the timestamp as user metadata. */
final class ObjectParameters {

    /** User metadata of Litestream. */
    static final String TIMESTAMP = "litestream-timestamp";

    static final String CONTENT_TYPE = "application/octet-stream";

    private final String bucket;
    private final boolean checksums;
    private final @Nullable String storageClass;
    private final @Nullable String kmsKeyId;
    private final @Nullable String customerKey;
    private final @Nullable String customerAlgorithm;
    private final @Nullable String customerKeyMd5;

    ObjectParameters(S3Settings settings) {
        bucket = settings.bucket();
        checksums = settings.endpoint() == null;
        storageClass = settings.storageClass();
        kmsKeyId = settings.sseKmsKeyId();
        customerKey = settings.sseCustomerKey();
        customerAlgorithm = customerKey == null ? null : settings.sseCustomerAlgorithm();
        customerKeyMd5 = customerKey == null ? null : md5(customerKey);
    }

    PutObjectRequest.Builder put(String key, BodySource body, @Nullable Instant timestamp) {
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(bucket)
                .key(key)
                .contentType(CONTENT_TYPE)
                .metadata(metadata(timestamp))
                .checksumCRC32(checksum(body))
                .storageClass(storageClass)
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
        if (kmsKeyId != null) {
            request.serverSideEncryption(ServerSideEncryption.AWS_KMS).ssekmsKeyId(kmsKeyId);
        }
        return request;
    }

    CreateMultipartUploadRequest create(String key, @Nullable Instant timestamp) {
        CreateMultipartUploadRequest.Builder request = CreateMultipartUploadRequest.builder()
                .bucket(bucket)
                .key(key)
                .contentType(CONTENT_TYPE)
                .metadata(metadata(timestamp))
                .checksumAlgorithm(checksums ? ChecksumAlgorithm.CRC32 : null)
                .storageClass(storageClass)
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5);
        if (kmsKeyId != null) {
            request.serverSideEncryption(ServerSideEncryption.AWS_KMS).ssekmsKeyId(kmsKeyId);
        }
        return request.build();
    }

    UploadPartRequest part(String key, String uploadId, int number, BodySource body) {
        return UploadPartRequest.builder()
                .bucket(bucket)
                .key(key)
                .uploadId(uploadId)
                .partNumber(number)
                .checksumCRC32(checksum(body))
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5)
                .build();
    }

    GetObjectRequest get(String key, String range) {
        return GetObjectRequest.builder()
                .bucket(bucket)
                .key(key)
                .range(range)
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5)
                .build();
    }

    HeadObjectRequest head(String key) {
        return HeadObjectRequest.builder()
                .bucket(bucket)
                .key(key)
                .sseCustomerAlgorithm(customerAlgorithm)
                .sseCustomerKey(customerKey)
                .sseCustomerKeyMD5(customerKeyMd5)
                .build();
    }

    /** The timestamp in user metadata; null if there is none or it cannot be read. */
    static @Nullable Instant timestamp(Map<String, String> metadata) {
        return Timestamps.parse(metadata.get(TIMESTAMP));
    }

    private static Map<String, String> metadata(@Nullable Instant timestamp) {
        String formatted = Timestamps.format(timestamp);
        return formatted == null ? Map.of() : Map.of(TIMESTAMP, formatted);
    }

    /** For S3 itself, which keeps it with the object and demands it where objects are locked. */
    private @Nullable String checksum(BodySource body) {
        return checksums ? body.crc32() : null;
    }

    private static String md5(String base64) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("MD5").digest(Base64.getDecoder().decode(base64));
            return new String(Base64.getEncoder().encode(digest), StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has MD5", e);
        }
    }
}
