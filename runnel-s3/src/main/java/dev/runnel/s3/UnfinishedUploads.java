package dev.runnel.s3;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;

/**
 * Uploads in parts that came to no end. Their parts cost storage, and no listing of objects shows them, until they are given
 * up. What made an upload fail may keep that request from the service as well; so it is remembered, and sent when the
 * service answers again. What a killed process leaves is for a life cycle rule. Thread-safe.
 */
final class UnfinishedUploads {

    private static final Logger log = LoggerFactory.getLogger(UnfinishedUploads.class);

    private final S3Settings settings;
    private final ObjectParameters parameters;
    private final List<Upload> left = new ArrayList<>(); // guarded by this

    UnfinishedUploads(S3Settings settings, ObjectParameters parameters) {
        this.settings = settings;
        this.parameters = parameters;
    }

    /**
     * An upload.
     *
     * @param length of the whole object, in bytes
     * @param ending whether the request that completes it was sent and may have had its effect
     */
    record Upload(String key, String id, long length, boolean ending) {}

    /** Gives the parts of an upload up, now or later. Nothing sends any of them any more. */
    void giveUp(S3Clients.Clients clients, Upload upload) {
        boolean interrupted = Thread.interrupted(); // the SDK would refuse to send
        try {
            end(clients, upload);
        } catch (RuntimeException e) {
            synchronized (this) {
                left.add(upload);
            }
            log.warn(
                    "Parts of the unfinished upload {} of {} in s3://{} remain and cost storage until the service can be"
                            + " told (a lifecycle rule AbortIncompleteMultipartUpload removes them if this process ends"
                            + " before): {}",
                    upload.id(),
                    upload.key(),
                    settings.bucket(),
                    e.toString());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Gives up what could not be given up before. To be called when the service answers, or for the last time. */
    void retry(S3Clients.Clients clients) {
        List<Upload> due;
        synchronized (this) {
            due = List.copyOf(left);
        }
        try {
            for (Upload upload : due) {
                end(clients, upload);
                synchronized (this) {
                    left.remove(upload);
                }
                log.info("Parts of the unfinished upload {} of {} are removed", upload.id(), upload.key());
            }
        } catch (RuntimeException e) {
            log.debug("Parts of {} unfinished uploads still remain", due.size(), e);
        }
    }

    /**
     * A completed upload needs nothing, and services differ in how well they bear to be asked to abort one. If an object of
     * its length is there, it may be this one, and stays untouched.
     */
    private void end(S3Clients.Clients clients, Upload upload) {
        if (upload.ending() && isThere(clients, upload)) {
            return;
        }
        try {
            clients.s3()
                    .abortMultipartUpload(
                            r -> r.bucket(settings.bucket()).key(upload.key()).uploadId(upload.id()));
        } catch (NoSuchUploadException e) {
            log.debug("Upload {} of {} has ended already", upload.id(), upload.key());
        }
    }

    private boolean isThere(S3Clients.Clients clients, Upload upload) {
        try {
            Long length = clients.s3().headObject(parameters.head(upload.key())).contentLength();
            return length == null || length == upload.length();
        } catch (AwsServiceException e) {
            if (e.statusCode() == 404) {
                return false;
            }
            throw e;
        }
    }
}
