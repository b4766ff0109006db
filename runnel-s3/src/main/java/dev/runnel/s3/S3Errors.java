package dev.runnel.s3;

import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;

/** Turns errors of the SDK into the vocabulary of the storage port, with a remedy. */
final class S3Errors {

    /** No credentials were found where the SDK looks for them. */
    static final class NoCredentials extends RuntimeException {

        private static final long serialVersionUID = 1L;

        NoCredentials(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }

    private static final Set<String> PASSING = Set.of(
            "RequestTimeout",
            "RequestTimeoutException",
            "RequestCanceled",
            "SlowDown",
            "Throttling",
            "ThrottlingException",
            "RequestLimitExceeded",
            "TooManyRequests",
            "ServiceUnavailable",
            "InternalError",
            "OperationAborted",
            "ConditionalRequestConflict");

    private static final Set<String> WRONG_REGION = Set.of(
            "PermanentRedirect",
            "TemporaryRedirect",
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
            "InvalidRegionName");

    private final S3Settings settings;

    S3Errors(S3Settings settings) {
        this.settings = settings;
    }

    /** An error of a call that writes nothing, or may be repeated although it had its effect. */
    StorageException map(String failed, RuntimeException e) {
        if (e instanceof AwsServiceException answer) {
            return fromAnswer(failed, answer);
        }
        return fromClient(failed, e);
    }

    /** An error of a call that writes: if any of its attempts may have had its effect, that is what counts. */
    StorageException mapWrite(String failed, AttemptLog attempts, RuntimeException e) {
        StorageException mapped = map(failed, e);
        return attempts.isAmbiguous()
                ? new IndeterminateWriteException(
                        mapped.getMessage() + "; whether it was written is not known: look at what is stored", e)
                : mapped;
    }

    /** As {@link #mapWrite}; S3 answers a condition on the etag of an absent object as if it were read. */
    StorageException mapConditionalWrite(
            String failed, AttemptLog attempts, PutCondition condition, RuntimeException e) {
        StorageException mapped = mapWrite(failed, attempts, e);
        return condition.etag() != null && mapped instanceof ObjectNotFoundException
                ? new PreconditionFailedException(mapped.getMessage() + "; expected etag " + condition.etag(), e)
                : mapped;
    }

    /** An error that the answer to DeleteObjects names for one key. */
    StorageException ofKey(String failed, @Nullable String code, @Nullable String message) {
        String text = failed + ": " + code + " (" + message + ")";
        if (code != null && PASSING.contains(code)) {
            return new TransientStorageException(text);
        }
        return new StorageException(text
                + ("AccessDenied".equals(code)
                        ? permissionRemedy()
                        : "NoSuchBucket".equals(code) ? bucketRemedy() : ""));
    }

    private StorageException fromAnswer(String failed, AwsServiceException e) {
        int status = e.statusCode();
        AwsErrorDetails details = e.awsErrorDetails();
        String code = details == null || details.errorCode() == null ? "" : details.errorCode();
        String text = failed + ": " + told(status, code, details, e);
        if (code.equals("RequestTimeTooSkewed")) {
            return new StorageException(
                    text + "; the clock of this machine and that of the service differ too much: set the clock (NTP)",
                    e);
        }
        if (code.equals("NoSuchBucket")) {
            return new StorageException(text + bucketRemedy(), e);
        }
        if (status == 412) {
            return new PreconditionFailedException(text, e);
        }
        if (status == 404) {
            return new ObjectNotFoundException(text, e);
        }
        if (WRONG_REGION.contains(code) || status == 301 || status == 307) {
            return new StorageException(text + regionRemedy(details), e);
        }
        boolean conflict = status == 409 && code.isEmpty();
        if (conflict || status == 408 || status == 429 || PASSING.contains(code) || (status >= 500 && status != 501)) {
            return new TransientStorageException(text, e);
        }
        if (status == 401 || status == 403 || code.equals("ExpiredToken")) {
            return new StorageException(text + credentialRemedy(code), e);
        }
        if (status == 501) {
            return new StorageException(
                    text + "; " + place() + " does not implement this"
                            + (settings.conditionalWrites()
                                    ? "; if it has no conditional writes, set conditional-writes: false, and see to it"
                                            + " that nobody else writes there"
                                    : ""),
                    e);
        }
        return new StorageException(text, e);
    }

    private StorageException fromClient(String failed, RuntimeException e) {
        Throwable root = e;
        for (Throwable t = e; t != null; t = t.getCause()) {
            root = t;
            if (t instanceof AbortedException
                    || t instanceof InterruptedException
                    || (t instanceof InterruptedIOException && !(t instanceof SocketTimeoutException))) {
                Thread.currentThread().interrupt();
                return new TransientStorageException(failed + ": interrupted", e);
            }
            if (t instanceof NoCredentials) {
                return new StorageException(
                        failed + ": no credentials found; set access-key-id and secret-access-key (or"
                                + " LITESTREAM_ACCESS_KEY_ID and LITESTREAM_SECRET_ACCESS_KEY, or AWS_ACCESS_KEY_ID and"
                                + " AWS_SECRET_ACCESS_KEY), or give this machine a role. "
                                + t.getMessage(),
                        e);
            }
            if (t instanceof CertificateException || t instanceof SSLPeerUnverifiedException) {
                return new StorageException(
                        failed + ": the certificate of " + place() + " is not trusted (" + t.getMessage()
                                + "); name a PEM file with its issuer in AWS_CA_BUNDLE, add it to the trust store of"
                                + " Java (javax.net.ssl.trustStore), or set skip-verify",
                        e);
            }
            if (t instanceof UnknownHostException) {
                return new TransientStorageException(
                        failed + ": no address found for host " + t.getMessage()
                                + "; check endpoint, bucket name and force-path-style",
                        e);
            }
            if (t instanceof ConnectException) {
                return new TransientStorageException(
                        failed + ": cannot connect to " + place() + " (" + t.getMessage()
                                + "); is it running, and is the endpoint right?",
                        e);
            }
        }
        return root instanceof IOException
                ? new TransientStorageException(failed + ": " + place() + ": " + root.getMessage(), e)
                : new StorageException(failed + ": " + root.getMessage(), e);
    }

    private static String told(int status, String code, @Nullable AwsErrorDetails details, AwsServiceException e) {
        StringBuilder text = new StringBuilder("status ").append(status);
        if (!code.isEmpty()) {
            text.append(' ').append(code);
        }
        String message = details == null ? null : details.errorMessage();
        if (message != null && !message.isEmpty()) {
            text.append(" (").append(message).append(')');
        }
        if (e.requestId() != null) {
            text.append(", request ").append(e.requestId());
        }
        return text.toString();
    }

    private String bucketRemedy() {
        return "; there is no bucket " + settings.bucket() + " at " + place()
                + ": create it, or correct bucket, endpoint or region";
    }

    private String credentialRemedy(String code) {
        String key = settings.accessKeyId() == null ? "the key from the environment" : "key " + settings.accessKeyId();
        return switch (code) {
            case "SignatureDoesNotMatch" ->
                "; secret-access-key does not belong to " + key + ", or a proxy changes requests";
            case "InvalidAccessKeyId" ->
                "; " + place() + " does not know " + key + ": check access-key-id and endpoint";
            case "ExpiredToken", "TokenRefreshRequired" -> "; the session of " + key + " has expired: renew it";
            default -> permissionRemedy();
        };
    }

    private String permissionRemedy() {
        String key = settings.accessKeyId() == null ? "the key from the environment" : "key " + settings.accessKeyId();
        return "; " + key + " lacks a permission on bucket " + settings.bucket()
                + ": it needs s3:ListBucket and s3:GetBucketLocation on the bucket, and s3:GetObject, s3:PutObject and"
                + " s3:DeleteObject on its objects";
    }

    private String regionRemedy(@Nullable AwsErrorDetails details) {
        Optional<String> region = details == null || details.sdkHttpResponse() == null
                ? Optional.empty()
                : details.sdkHttpResponse().firstMatchingHeader("x-amz-bucket-region");
        return "; bucket " + settings.bucket() + " is in " + region.orElse("another region") + ", not in "
                + settings.region() + ": set region";
    }

    private String place() {
        return settings.endpoint() != null ? settings.endpoint().toString() : "S3 of AWS";
    }
}
