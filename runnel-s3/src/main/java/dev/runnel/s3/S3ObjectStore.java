package dev.runnel.s3;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.ExactLengthInputStream;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectKeys;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.SingleByte;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Error;

/**
 * Objects in a bucket of S3 or a service that speaks its protocol.
 *
 * <ul>
 *   <li>The timestamp is user metadata {@code litestream-timestamp}, as Litestream has it; listings do not tell it.
 *   <li>A body of at least the part size is sent in parts; it appears with the last request. What is left of an upload
 *       that failed is removed as soon as the service answers, at the latest when the store is closed.
 *   <li>The SDK repeats a failed request by itself, at most {@value S3Clients#ATTEMPTS} attempts in all. A write any of
 *       whose attempts may have had its effect ends in an {@link dev.runnel.storage.IndeterminateWriteException}, also
 *       when a later attempt found the condition not met: that may be the work of the first. Callers settle it by
 *       looking at what is stored. A {@link PreconditionFailedException} is never our own doing.
 *   <li>The client of the SDK is made at the first use, which finds credentials and region; making a store is cheap.
 *   <li>Waiting for the network cannot be interrupted but ends by time-out.
 * </ul>
 */
public final class S3ObjectStore implements ObjectStore {

    /** Set by S3. */
    private static final int DELETES_PER_REQUEST = 1000;

    /** Up to so many unread bytes are read and dropped on closing, to keep the connection. */
    private static final long DRAIN_BYTES = 64 * 1024;

    private final S3Settings settings;
    private final TimeSource time;
    private final WireLog wire;
    private final S3Errors errors;
    private final ObjectParameters parameters;
    private final UnfinishedUploads unfinished;
    private final Object lock = new Object();
    private volatile S3Clients.@Nullable Clients clients;
    private boolean closed; // guarded by lock

    /** @param time tells the time of a write where the service does not */
    public S3ObjectStore(S3Settings settings, TimeSource time) {
        this(settings, time, WireLog.NONE);
    }

    /**
     * @param time tells the time of a write where the service does not
     * @param wire is told of every request and answer
     */
    public S3ObjectStore(S3Settings settings, TimeSource time, WireLog wire) {
        this.settings = settings;
        this.time = time;
        this.wire = wire;
        this.errors = new S3Errors(settings);
        this.parameters = new ObjectParameters(settings);
        this.unfinished = new UnfinishedUploads(settings, parameters);
    }

    /** As given. */
    public S3Settings settings() {
        return settings;
    }

    @Override
    public String describe() {
        return "s3://" + settings.bucket() + (settings.endpoint() == null ? "" : " at " + settings.endpoint());
    }

    @Override
    public boolean supportsConditions() {
        return settings.conditionalWrites();
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        ObjectKeys.check(key);
        if ((condition.isIfAbsent() || condition.etag() != null) && !supportsConditions()) {
            throw new UnsupportedOperationException("Conditional writes are off for " + describe() + " ("
                    + settings.profile().name() + "); turn them on if the service enforces them");
        }
        return write(key, body, condition, timestamp);
    }

    /**
     * Tries whether the service really enforces conditions, with a small object that it writes and removes.
     *
     * @param scratchKey a key that nothing else uses
     * @return whether a write was refused because its condition did not hold, for both kinds of condition
     */
    public boolean probeConditions(String scratchKey) throws IOException {
        ObjectKeys.check(scratchKey);
        ObjectBody body = ObjectBody.of(new byte[] {'?'});
        write(scratchKey, body, PutCondition.any(), null);
        boolean enforced = refuses(scratchKey, body, PutCondition.ifAbsent())
                && refuses(scratchKey, body, PutCondition.ifMatch("\"00000000000000000000000000000000\""));
        delete(List.of(scratchKey));
        return enforced;
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        ObjectKeys.check(key);
        ObjectKeys.checkRange(offset, length);
        String failed = "cannot read " + name(key);
        if (length == 0) {
            long size = head(key).size();
            if (offset > size) {
                throw outside(failed, offset, length, size);
            }
            return InputStream.nullInputStream();
        }
        ResponseInputStream<GetObjectResponse> in = get(key, "bytes=" + offset + "-" + (offset + length - 1), failed);
        GetObjectResponse response = in.response();
        long given = response.contentLength() == null ? -1 : response.contentLength();
        boolean whole = response.contentRange() == null;
        if (given != length || (whole && offset != 0)) {
            in.abort();
            throw whole
                    ? new StorageException(failed + ": " + describe() + " gave the whole object instead of a range")
                    : outside(failed, offset, length, sizeIn(response, failed));
        }
        return new ExactLengthInputStream(new Body(in, length, failed), length, failed, e -> streamFailure(failed, e));
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        ObjectKeys.check(key);
        ObjectKeys.checkTailLength(maxLength);
        String failed = "cannot read " + name(key);
        ResponseInputStream<GetObjectResponse> in;
        try {
            in = clients(failed).s3().getObject(parameters.get(key, "bytes=-" + maxLength));
        } catch (AwsServiceException e) {
            if (e.statusCode() == 416) {
                return new ObjectTail(new byte[0], 0); // only an empty object has no last byte
            }
            throw errors.map(failed, e);
        } catch (RuntimeException e) {
            throw errors.map(failed, e);
        }
        GetObjectResponse response = in.response();
        long given = response.contentLength() == null ? -1 : response.contentLength();
        long size = response.contentRange() == null ? given : sizeIn(response, failed);
        if (given != Math.min(size, maxLength)) {
            in.abort();
            throw new StorageException(failed + ": asked for the last " + maxLength + " of " + size + " bytes, "
                    + describe() + " gave " + given);
        }
        try (InputStream exact =
                new ExactLengthInputStream(new Body(in, given, failed), given, failed, e -> streamFailure(failed, e))) {
            return new ObjectTail(exact.readAllBytes(), size);
        }
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        ObjectKeys.check(key);
        String failed = "cannot look at " + name(key);
        HeadObjectResponse response;
        try {
            response = clients(failed).s3().headObject(parameters.head(key));
        } catch (RuntimeException e) {
            throw errors.map(failed, e);
        }
        if (response.contentLength() == null) {
            throw new StorageException(failed + ": the answer tells no Content-Length; is that an S3 service?");
        }
        Instant modified = response.lastModified();
        return new ObjectEntry(
                key,
                response.contentLength(),
                modified == null ? time.now() : modified,
                ObjectParameters.timestamp(response.metadata()),
                response.eTag());
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
        // Services differ in what a start outside the prefix does, so it is not sent.
        boolean inside = startAfter != null && startAfter.startsWith(prefix) && !startAfter.isEmpty();
        if (ObjectKeys.isBehind(prefix, startAfter) || !ObjectKeys.canBeginKey(prefix)) {
            return () -> null;
        }
        String failed = "cannot list " + prefix + " in " + describe();
        ListObjectsV2Request first = ListObjectsV2Request.builder()
                .bucket(settings.bucket())
                .prefix(prefix.isEmpty() ? null : prefix)
                .startAfter(inside ? startAfter : null)
                .build();
        return new S3Listing(
                token -> {
                    try {
                        ListObjectsV2Request request = token == null
                                ? first
                                : first.toBuilder()
                                        .continuationToken(token)
                                        .startAfter(null)
                                        .build();
                        return clients(failed).s3().listObjectsV2(request);
                    } catch (RuntimeException e) {
                        throw errors.map(failed, e);
                    }
                },
                prefix,
                startAfter);
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        List<String> all = ObjectKeys.checkAll(keys);
        boolean bulk = !settings.profile().has(S3Profile.Quirk.NO_BULK_DELETE);
        int step = bulk ? DELETES_PER_REQUEST : 1;
        for (int from = 0; from < all.size(); from += step) {
            List<String> some = all.subList(from, Math.min(from + step, all.size()));
            String failed = "cannot delete " + name(some.get(0))
                    + (some.size() > 1 ? " and " + (some.size() - 1) + " more" : "");
            try {
                if (bulk) {
                    deleteSome(some, failed);
                } else {
                    clients(failed)
                            .s3()
                            .deleteObject(r -> r.bucket(settings.bucket()).key(some.get(0)));
                }
            } catch (RuntimeException e) {
                throw errors.map(failed, e);
            }
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            S3Clients.Clients made = clients;
            if (made != null) {
                clients = null;
                unfinished.retry(made);
                made.close();
            }
        }
    }

    @Override
    public String toString() {
        return "S3ObjectStore[" + describe() + "]";
    }

    private ObjectEntry write(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        String failed = "cannot write " + name(key);
        S3Clients.Clients made = clients(failed);
        if (body.length() < settings.partSize()) {
            PutObjectResponse response = writeWhole(made, key, body, condition, timestamp);
            return written(key, body.length(), timestamp, response.eTag(), response);
        }
        if (condition.isIfAbsent()) {
            refuseExisting(key); // before all is sent in vain; the last request decides
        }
        CompleteMultipartUploadResponse response = new MultipartUpload(
                        made, settings, parameters, unfinished, errors, new MultipartUpload.Target(key, failed))
                .put(body, condition, timestamp);
        return written(key, body.length(), timestamp, response.eTag(), response);
    }

    private PutObjectResponse writeWhole(
            S3Clients.Clients made, String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws StorageException {
        String failed = "cannot write " + name(key);
        BodySource source = new BodySource(body, 0, body.length());
        AttemptLog attempts = made.http().begin(source);
        try (source) {
            PutObjectRequest request = parameters
                    .put(key, source, timestamp)
                    .ifNoneMatch(condition.isIfAbsent() ? "*" : null)
                    .ifMatch(condition.etag())
                    .build();
            return made.s3()
                    .putObject(
                            request,
                            RequestBody.fromContentProvider(source, body.length(), ObjectParameters.CONTENT_TYPE));
        } catch (RuntimeException e) {
            if (source.failure() != null && !attempts.isAmbiguous()) {
                throw MultipartUpload.bodyFailure(failed, source);
            }
            throw errors.mapConditionalWrite(failed, attempts, condition, e);
        } finally {
            made.http().end();
        }
    }

    private void refuseExisting(String key) throws IOException {
        try {
            throw new PreconditionFailedException(
                    name(key) + " exists already (etag " + head(key).etag() + ")");
        } catch (dev.runnel.storage.ObjectNotFoundException e) {
            // as it should be
        }
    }

    private boolean refuses(String key, ObjectBody body, PutCondition condition) throws IOException {
        try {
            write(key, body, condition, null);
            return false;
        } catch (PreconditionFailedException e) {
            return true;
        } catch (TransientStorageException e) {
            throw e;
        } catch (StorageException e) {
            if (e.getCause() instanceof AwsServiceException answer
                    && (answer.statusCode() == 501 || answer.statusCode() == 400)) {
                return false; // says that it does not know the header
            }
            throw e;
        }
    }

    private void deleteSome(List<String> keys, String failed) throws StorageException {
        List<ObjectIdentifier> objects = keys.stream()
                .map(key -> ObjectIdentifier.builder().key(key).build())
                .toList();
        DeleteObjectsResponse response = clients(failed)
                .s3()
                .deleteObjects(r -> r.bucket(settings.bucket())
                        .delete(d -> d.objects(objects).quiet(true)));
        StorageException first = null;
        for (S3Error error : response.errors()) {
            if ("NoSuchKey".equals(error.code())) {
                continue;
            }
            StorageException failure =
                    errors.ofKey("cannot delete " + name(error.key()), error.code(), error.message());
            if (first == null) {
                first = failure;
            } else {
                first.addSuppressed(failure);
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private ResponseInputStream<GetObjectResponse> get(String key, String range, String failed)
            throws StorageException {
        try {
            return clients(failed).s3().getObject(parameters.get(key, range));
        } catch (RuntimeException e) {
            throw errors.map(failed, e);
        }
    }

    private S3Clients.Clients clients(String failed) throws StorageException {
        S3Clients.Clients made = clients;
        if (made != null) {
            return made;
        }
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException(this + " is closed");
            }
            made = clients;
            if (made == null) {
                try {
                    made = S3Clients.create(settings, wire);
                } catch (RuntimeException e) {
                    throw errors.map(failed, e);
                }
                clients = made;
            }
            return made;
        }
    }

    private ObjectEntry written(
            String key, long size, @Nullable Instant timestamp, @Nullable String etag, SdkResponse response) {
        Instant modified = response.sdkHttpResponse()
                .firstMatchingHeader("Date")
                .map(S3ObjectStore::parseDate)
                .orElseGet(time::now);
        return new ObjectEntry(key, size, modified, timestamp, etag);
    }

    private static @Nullable Instant parseDate(String header) {
        try {
            return OffsetDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static StorageException outside(String failed, long offset, long length, long size) {
        return new StorageException(
                failed + ": range " + offset + "+" + length + " lies outside its " + size + " bytes");
    }

    /** {@code bytes 0-9/1000} tells 1000. */
    private static long sizeIn(GetObjectResponse response, String failed) throws StorageException {
        String range = String.valueOf(response.contentRange());
        try {
            return Long.parseLong(range.substring(range.lastIndexOf('/') + 1));
        } catch (NumberFormatException e) {
            throw new StorageException(failed + ": Content-Range is '" + range + "'", e);
        }
    }

    private StorageException streamFailure(String failed, IOException e) {
        return new TransientStorageException(
                failed + ": the connection to " + describe() + " broke: " + e.getMessage(), e);
    }

    private String name(String key) {
        return "object " + key + " in " + describe();
    }

    /** A body of an answer. The SDK throws unchecked exceptions from its streams too. */
    private final class Body extends InputStream {

        private final ResponseInputStream<GetObjectResponse> in;
        private final String failed;
        private long remaining;
        private boolean closed;

        Body(ResponseInputStream<GetObjectResponse> in, long length, String failed) {
            this.in = in;
            this.remaining = length;
            this.failed = failed;
        }

        @Override
        public int read() throws IOException {
            return SingleByte.of(this);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                int read = in.read(target, offset, length);
                remaining -= Math.max(read, 0);
                return read;
            } catch (RuntimeException e) {
                throw errors.map(failed, e);
            }
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            if (remaining > DRAIN_BYTES) {
                in.abort();
            } else {
                in.close();
            }
        }
    }
}
