package dev.runnel.s3;

import dev.runnel.storage.StorageException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a bucket does by itself with the objects in it.
 *
 * @param versioned whether what is deleted or overwritten stays as a noncurrent version; false if not known
 * @param lifecycle its rules; empty if not known
 * @param lock how long every new object cannot be deleted, in words such as {@code 30 days (GOVERNANCE)}; null if it can, or
 *     if that is not known
 * @param unanswered what the bucket did not tell
 */
public record BucketSettings(
        boolean versioned,
        List<LifecycleRule> lifecycle,
        @Nullable String lock,
        List<Unanswered> unanswered) {

    public BucketSettings {
        lifecycle = List.copyOf(lifecycle);
        unanswered = List.copyOf(unanswered);
    }

    /**
     * Asks the bucket. A question that it does not answer is no error.
     *
     * @param wire is told of every request and answer
     * @throws StorageException if there is no such bucket, no credentials are found, or its region is not
     */
    public static BucketSettings read(S3Settings settings, WireLog wire) throws StorageException {
        S3Errors errors = new S3Errors(settings);
        try (S3Clients.Clients clients = S3Clients.create(settings, wire)) {
            return new BucketQuestions(clients.s3(), settings.bucket(), errors).ask();
        } catch (RuntimeException e) {
            throw errors.map("cannot ask about bucket " + settings.bucket(), e);
        }
    }

    /** What a bucket is asked. */
    public enum Question {
        /** GetBucketVersioning. */
        VERSIONING("versioning", "s3:GetBucketVersioning"),
        /** GetBucketLifecycleConfiguration. */
        LIFECYCLE("life cycle rules", "s3:GetLifecycleConfiguration"),
        /** GetObjectLockConfiguration. */
        LOCK("object lock", "s3:GetBucketObjectLockConfiguration");

        private final String text;
        private final String permission;

        Question(String text, String permission) {
            this.text = text;
            this.permission = permission;
        }

        /** What it is about. */
        public String text() {
            return text;
        }

        /** The permission that is needed to ask. */
        public String permission() {
            return permission;
        }
    }

    /** Why a question was not answered. */
    public enum Reason {
        /** The key may not ask. */
        NOT_PERMITTED,
        /** The service does not know the question. */
        NOT_IMPLEMENTED,
        /** Anything else. */
        FAILED
    }

    /**
     * A question that was not answered.
     *
     * @param question which
     * @param reason why
     * @param message the same in words
     */
    public record Unanswered(Question question, Reason reason, String message) {}
}
