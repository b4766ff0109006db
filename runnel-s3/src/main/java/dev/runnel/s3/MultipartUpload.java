package dev.runnel.s3;

import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * One object sent in parts of equal size (the last may be smaller), several at a time. The object appears with the last
 * request; whatever goes wrong before leaves nothing, and the parts are given up, once none of them is under way: one that
 * arrives later would stay.
 */
final class MultipartUpload {

    /** Set by S3. */
    private static final int MAX_PARTS = 10_000;

    /** The threads of a failed upload end within the time-out of an answer; this is only how often they are waited for. */
    private static final long WAIT_SECONDS = 60;

    private final S3Clients.Clients clients;
    private final S3Settings settings;
    private final ObjectParameters parameters;
    private final UnfinishedUploads unfinished;
    private final S3Errors errors;
    private final Target target;
    private volatile boolean over;

    /**
     * @param unfinished is told of an upload that fails
     */
    MultipartUpload(
            S3Clients.Clients clients,
            S3Settings settings,
            ObjectParameters parameters,
            UnfinishedUploads unfinished,
            S3Errors errors,
            Target target) {
        this.clients = clients;
        this.settings = settings;
        this.parameters = parameters;
        this.unfinished = unfinished;
        this.errors = errors;
        this.target = target;
    }

    /**
     * What is written.
     *
     * @param failed how messages begin, e.g. "cannot write object x in s3://bucket"
     */
    record Target(String key, String failed) {}

    /** Sends the body and completes; an exception of the completing request may be one of a lost reply. */
    CompleteMultipartUploadResponse put(ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws StorageException {
        String uploadId;
        try {
            uploadId = clients.s3()
                    .createMultipartUpload(parameters.create(target.key(), timestamp))
                    .uploadId();
        } catch (RuntimeException e) {
            throw errors.map(target.failed(), e);
        }
        List<CompletedPart> parts;
        try {
            parts = sendParts(body, uploadId);
        } catch (StorageException | RuntimeException | Error e) {
            giveUp(uploadId, body, false);
            throw e;
        }
        CompleteMultipartUploadResponse response = complete(uploadId, parts, body, condition);
        unfinished.retry(clients);
        return response;
    }

    private void giveUp(String uploadId, ObjectBody body, boolean ending) {
        unfinished.giveUp(clients, new UnfinishedUploads.Upload(target.key(), uploadId, body.length(), ending));
    }

    /** Part size for a body: as set, or as large as the greatest number of parts demands, in whole MiB. */
    static long partSize(long bodyLength, long wanted) {
        long needed = (bodyLength + MAX_PARTS - 1) / MAX_PARTS;
        long mib = 1024 * 1024;
        return needed <= wanted ? wanted : (needed + mib - 1) / mib * mib;
    }

    private List<CompletedPart> sendParts(ObjectBody body, String uploadId) throws StorageException {
        ObjectBody whole = new UntilOver(body);
        long length = body.length();
        long partSize = partSize(length, settings.partSize());
        int count = (int) ((length + partSize - 1) / partSize);
        AtomicInteger number = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(settings.concurrency(), count), task -> {
            Thread thread = new Thread(task, "runnel-s3-part-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<CompletedPart>> sending = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                int part = i + 1;
                long offset = i * partSize;
                long size = Math.min(partSize, length - offset);
                sending.add(threads.submit(() -> sendPart(uploadId, part, new BodySource(whole, offset, size))));
            }
            List<CompletedPart> parts = new ArrayList<>(count);
            for (Future<CompletedPart> future : sending) {
                parts.add(future.get());
            }
            return parts;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StorageException cause) {
                throw cause;
            }
            throw new StorageException(target.failed() + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransientStorageException(target.failed() + ": interrupted", e);
        } finally {
            over = true;
            threads.shutdownNow();
            awaitEnd(threads);
        }
    }

    private static void awaitEnd(ExecutorService threads) {
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = threads.awaitTermination(WAIT_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private CompletedPart sendPart(String uploadId, int number, BodySource source) throws StorageException {
        try (source) {
            UploadPartRequest request = parameters.part(target.key(), uploadId, number, source);
            RequestBody body = RequestBody.fromContentProvider(source, source.length(), ObjectParameters.CONTENT_TYPE);
            UploadPartResponse response = clients.s3().uploadPart(request, body);
            return CompletedPart.builder()
                    .partNumber(number)
                    .eTag(response.eTag())
                    .checksumCRC32(request.checksumCRC32())
                    .build();
        } catch (NoSuchUploadException e) {
            throw endedByOthers(e);
        } catch (RuntimeException e) {
            if (source.failure() != null) {
                throw bodyFailure(target.failed(), source);
            }
            throw errors.map(target.failed() + ", part " + number, e);
        }
    }

    private CompleteMultipartUploadResponse complete(
            String uploadId, List<CompletedPart> parts, ObjectBody body, PutCondition condition)
            throws StorageException {
        CompleteMultipartUploadRequest request = CompleteMultipartUploadRequest.builder()
                .bucket(settings.bucket())
                .key(target.key())
                .uploadId(uploadId)
                .multipartUpload(upload -> upload.parts(parts))
                .ifNoneMatch(condition.isIfAbsent() ? "*" : null)
                .ifMatch(condition.etag())
                .build();
        AttemptLog attempts = clients.http().begin(null);
        StorageException failure;
        try {
            return clients.s3().completeMultipartUpload(request);
        } catch (NoSuchUploadException e) {
            // It has ended, which is our doing if a reply was lost before.
            throw attempts.isAmbiguous() ? errors.mapWrite(target.failed(), attempts, e) : endedByOthers(e);
        } catch (RuntimeException e) {
            failure = errors.mapConditionalWrite(target.failed(), attempts, condition, e);
        } finally {
            clients.http().end();
        }
        giveUp(uploadId, body, attempts.isAmbiguous());
        throw failure;
    }

    private TransientStorageException endedByOthers(NoSuchUploadException e) {
        return new TransientStorageException(target.failed() + ": its upload in parts was ended by someone else", e);
    }

    static StorageException bodyFailure(String failed, BodySource source) {
        return new StorageException(
                failed + ": its body cannot be read: "
                        + (source.failure() == null ? "" : source.failure().getMessage()),
                source.failure());
    }

    /** A body that gives nothing more once the upload failed, lest parts go on for minutes that nobody will use. */
    private final class UntilOver implements ObjectBody {

        private final ObjectBody body;

        UntilOver(ObjectBody body) {
            this.body = body;
        }

        @Override
        public long length() {
            return body.length();
        }

        @Override
        public InputStream open() throws IOException {
            return new FilterInputStream(body.open()) {
                @Override
                public int read() throws IOException {
                    check();
                    return super.read();
                }

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    check();
                    return super.read(into, offset, length);
                }

                private void check() throws IOException {
                    if (over) {
                        throw new IOException("the upload has failed");
                    }
                }
            };
        }
    }
}
