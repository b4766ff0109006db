package dev.runnel.web.http;

import dev.runnel.storage.SingleByte;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer as a stream. Unlike that of the JDK it gives up when nothing comes for a while. Fetches no more
 * than one piece ahead. Read by one thread.
 */
final class ResponseBody extends InputStream implements HttpResponse.BodySubscriber<ResponseBody> {

    /** What arrived; the last one comes when nothing more will. */
    private record Piece(List<ByteBuffer> buffers, boolean last) {}

    private static final Piece END = new Piece(List.of(), true);

    /** Up to so many unread bytes are read and dropped on closing, to keep the connection. */
    private static final long DRAIN_BYTES = 64 * 1024;

    private final Duration patience;
    private final BlockingQueue<Piece> arrived = new LinkedBlockingQueue<>();
    private final Deque<ByteBuffer> buffers = new ArrayDeque<>();
    private volatile Flow.@Nullable Subscription subscription;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;
    private boolean ended;

    /** @param patience longest time without a byte */
    ResponseBody(Duration patience) {
        this.patience = patience;
    }

    @Override
    public CompletionStage<ResponseBody> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (closed) {
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        arrived.add(new Piece(item, false));
    }

    @Override
    public void onError(Throwable throwable) {
        failure = throwable;
        arrived.add(END);
    }

    @Override
    public void onComplete() {
        arrived.add(END);
    }

    @Override
    public int read() throws IOException {
        return SingleByte.of(this);
    }

    @Override
    public int read(byte[] target, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, target.length);
        if (count == 0) {
            return 0;
        }
        if (closed) {
            throw new IOException("the stream is closed");
        }
        while (true) {
            ByteBuffer next = buffers.peek();
            if (next != null && next.hasRemaining()) {
                int given = Math.min(count, next.remaining());
                next.get(target, offset, given);
                return given;
            }
            if (next != null) {
                buffers.remove();
            } else if (ended) {
                return -1;
            } else {
                fetch();
            }
        }
    }

    @Override
    public int available() {
        ByteBuffer next = buffers.peek();
        return next == null ? 0 : next.remaining();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        boolean drained = ended;
        byte[] dropped = new byte[8192];
        try {
            for (long left = DRAIN_BYTES; !drained && left > 0; ) {
                int read = read(dropped, 0, dropped.length);
                drained = read < 0;
                left -= Math.max(read, 0);
            }
        } catch (IOException e) {
            drained = false; // the connection is lost, and so is what it would have given
        }
        abort(drained);
    }

    /** Drops what has not been read, and the connection with it. */
    void abort() {
        abort(false);
    }

    private void abort(boolean whole) {
        closed = true;
        buffers.clear();
        Flow.Subscription given = subscription;
        if (!whole && given != null) {
            given.cancel();
        }
    }

    private void fetch() throws IOException {
        Piece next;
        try {
            next = arrived.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while reading");
            interrupted.initCause(e);
            throw interrupted;
        }
        if (next == null) {
            abort();
            throw new HttpTimeoutException("nothing came for " + patience.toSeconds() + " s");
        }
        if (next.last()) {
            ended = true;
            Throwable cause = failure;
            if (cause != null) {
                throw new IOException(cause.getMessage(), cause);
            }
            return;
        }
        buffers.addAll(next.buffers());
        Flow.Subscription given = subscription;
        if (given != null) {
            given.request(1);
        }
    }
}
