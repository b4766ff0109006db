package dev.runnel.legacy;

import dev.runnel.archive.Backoff;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.restore.RestoreProgress;
import dev.runnel.storage.SingleByte;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import net.jpountz.lz4.LZ4FrameInputStream;

/**
 * Gives the contents of objects one after the other, while others fetch what comes next: pieces of 4 MiB, so many at a time
 * as there are threads, which is also what is held in memory. Passing faults of the store are tried again. Used by one
 * thread.
 */
final class ObjectFetcher implements Closeable {

    private static final int PIECE_BYTES = 4 << 20;
    private static final int BUFFER_SIZE = 64 << 10;
    private static final int ATTEMPTS = 6;
    /** What every encrypted object begins with. */
    private static final String AGE = "age-encryption.org/";

    private final LegacyReplica replica;
    private final ObjectDecryptor decryptor;
    private final Backoff backoff;
    private final int ahead;
    private final ExecutorService pool;
    private final Iterator<Piece> remaining;
    private final RestoreProgress progress;
    private final long total;
    private long done;
    private final Deque<Future<byte[]>> pending = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Length of the piece that is being read. */
    private int current;

    private record Piece(LegacyObject object, long offset, int length) {}

    /** How to fetch: threads, at least 1, the back-off between attempts, the decryption, and who is told how far it is. */
    record Settings(int parallelism, Backoff backoff, ObjectDecryptor decryptor, RestoreProgress progress) {

        Settings with(RestoreProgress listener) {
            return new Settings(parallelism, backoff, decryptor, listener);
        }
    }

    /** @param objects in the order in which {@link #open} will be asked for them */
    ObjectFetcher(LegacyReplica replica, List<LegacyObject> objects, Settings settings) {
        this.replica = replica;
        this.decryptor = settings.decryptor();
        this.backoff = settings.backoff();
        this.ahead = settings.parallelism();
        this.pool = Executors.newFixedThreadPool(ahead, task -> {
            Thread thread = new Thread(task, "runnel-restore-legacy");
            thread.setDaemon(true);
            return thread;
        });
        List<Piece> pieces = new ArrayList<>();
        for (LegacyObject object : objects) {
            for (long at = 0; at < object.size(); at += PIECE_BYTES) {
                pieces.add(new Piece(object, at, (int) Math.min(PIECE_BYTES, object.size() - at)));
            }
        }
        this.remaining = pieces.iterator();
        this.progress = settings.progress();
        this.total = objects.stream().mapToLong(LegacyObject::size).sum();
    }

    /** The decrypted, decompressed content of the next object; to be read to its end before the next is asked for. */
    InputStream open(LegacyObject object) throws IOException {
        String resource = replica.describe(object);
        return new Decompressed(new Marked(decryptor.decrypt(new PieceStream(object.size()), resource)), resource);
    }

    /** Tells that all that was given is read and verified; before the first piece, that nothing is. */
    void tell() {
        done += current;
        current = 0;
        progress.progress(done, total);
    }

    private byte[] next() throws IOException {
        tell();
        while (pending.size() < ahead && remaining.hasNext()) {
            Piece piece = remaining.next();
            pending.add(pool.submit(() -> fetch(piece)));
        }
        try {
            byte[] piece = pending.remove().get();
            current = piece.length;
            return piece;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the restore was interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private byte[] fetch(Piece piece) throws IOException {
        for (int failures = 1; ; failures++) {
            try (InputStream in = replica.open(piece.object(), piece.offset(), piece.length())) {
                byte[] bytes = in.readNBytes(piece.length());
                if (bytes.length == piece.length()) {
                    return bytes;
                }
                throw new TransientStorageException(replica.describe(piece.object()) + ": ended after " + bytes.length
                        + " of the " + piece.length() + " bytes from " + piece.offset() + " on");
            } catch (TransientStorageException e) {
                if (failures == ATTEMPTS
                        || isClosedWithin(backoff.delay(failures).toNanos())) {
                    throw e;
                }
            }
        }
    }

    private boolean isClosedWithin(long nanos) {
        try {
            return closed.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    @Override
    public void close() {
        closed.countDown();
        pool.shutdownNow();
    }

    /** The bytes of one object as they are stored. */
    private final class PieceStream extends InputStream {

        private long left;
        private byte[] piece = {};
        private int at;

        PieceStream(long size) {
            this.left = size;
        }

        @Override
        public int read() throws IOException {
            return SingleByte.of(this);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (at == piece.length) {
                if (left == 0) {
                    return -1;
                }
                piece = next();
                left -= piece.length;
                at = 0;
            }
            int count = Math.min(length, piece.length - at);
            System.arraycopy(piece, at, target, offset, count);
            at += count;
            return count;
        }
    }

    /** An LZ4 frame, of which any damage is told as such; what the store or the decryption say goes through. */
    private static final class Decompressed extends InputStream {

        private final Marked plain;
        private final String resource;
        private final InputStream content;
        private long position;

        Decompressed(Marked plain, String resource) throws IOException {
            this.plain = plain;
            this.resource = resource;
            try {
                BufferedInputStream buffered = new BufferedInputStream(plain, BUFFER_SIZE);
                refuseEncrypted(buffered, resource);
                this.content = new LZ4FrameInputStream(buffered);
            } catch (StorageException e) {
                plain.close();
                throw e;
            } catch (IOException e) {
                plain.close();
                throw explain(e);
            }
        }

        private static void refuseEncrypted(BufferedInputStream in, String resource) throws IOException {
            in.mark(AGE.length());
            byte[] start = in.readNBytes(AGE.length());
            in.reset();
            if (new String(start, StandardCharsets.ISO_8859_1).equals(AGE)) {
                throw new StorageException(resource + ": encrypted with age; name the identities that open it"
                        + " (`age.identities` of the replica in the configuration)");
            }
        }

        private IOException explain(IOException e) {
            if (plain.failed) {
                return e;
            }
            CorruptChangesetException corrupt = new CorruptChangesetException(
                    resource, position, "an LZ4 frame (decompressed position)", String.valueOf(e.getMessage()));
            corrupt.initCause(e);
            return corrupt;
        }

        @Override
        public int read() throws IOException {
            return SingleByte.of(this);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                int read = content.read(target, offset, length);
                position += Math.max(0, read);
                return read;
            } catch (IOException e) {
                throw explain(e);
            }
        }

        @Override
        public void close() throws IOException {
            content.close();
        }
    }

    /** Remembers whether the stream itself failed, rather than what is made of its bytes. */
    private static final class Marked extends FilterInputStream {

        private boolean failed;

        Marked(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            boolean ok = false;
            try {
                int read = super.read(target, offset, length);
                ok = true;
                return read;
            } finally {
                failed |= !ok;
            }
        }
    }
}
