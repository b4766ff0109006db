package dev.runnel.nats;

import dev.runnel.storage.BodySlice;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;

/** Sends the bytes of an object, some chunks ahead of their confirmations. Nothing of it can be seen before its entry is there. */
final class ChunkUpload {

    /** Chunks on their way at the same time: 1 MiB. */
    private static final int AHEAD = 8;

    private final Bucket bucket;
    private final Leftovers leftovers;
    private final String nuid;
    private final Deque<Pending> sent = new ArrayDeque<>();

    /** @param nuid that no other object has */
    ChunkUpload(Bucket bucket, Leftovers leftovers, String nuid) {
        this.bucket = bucket;
        this.leftovers = leftovers;
        this.nuid = nuid;
    }

    /** What is stored of an object. */
    record Content(String nuid, long size, long chunks, int chunkBytes, String digest) {}

    /** Sends them all; if that fails, what was stored of them is removed. */
    Content send(ObjectBody body, String failed) throws IOException {
        boolean done = false;
        BodySlice slice = BodySlice.whole(body);
        try (slice;
                InputStream in = slice.newStream()) {
            Content content = send(in);
            done = true;
            return content;
        } catch (IOException e) {
            IOException unreadable = slice.failure();
            throw unreadable == null
                    ? e
                    : new StorageException(
                            failed + ": its body cannot be read: " + unreadable.getMessage(), unreadable);
        } finally {
            if (!done) {
                leftovers.discard(bucket, nuid, sent);
            }
        }
    }

    private Content send(InputStream in) throws IOException {
        String subject = bucket.chunkSubject(nuid);
        int chunkBytes = bucket.chunkBytes();
        MessageDigest digest = Digests.sha256();
        long size = 0;
        long chunks = 0;
        for (byte[] chunk = in.readNBytes(chunkBytes); chunk.length > 0; chunk = in.readNBytes(chunkBytes)) {
            if (sent.size() == AHEAD) {
                awaitOldest();
            }
            digest.update(chunk);
            size += chunk.length;
            chunks++;
            sent.add(bucket.publish(subject, chunk));
        }
        while (!sent.isEmpty()) {
            awaitOldest();
        }
        return new Content(nuid, size, chunks, chunkBytes, Digests.text(digest));
    }

    /** Who is interrupted here leaves it on its way. */
    private void awaitOldest() throws IOException {
        sent.element().json();
        sent.remove();
    }
}
