package dev.runnel.sftp;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A reply that is still to come. */
final class Pending {

    /** A connection on which nothing moves for so many seconds, though a reply is due, counts as lost. */
    private static final long SILENCE_SECONDS = 120;

    private final SftpConnection connection;
    private final CompletableFuture<Packet> reply = new CompletableFuture<>();

    Pending(SftpConnection connection) {
        this.connection = connection;
    }

    void complete(Packet packet) {
        reply.complete(packet);
    }

    void fail(ConnectionLostException failure) {
        reply.completeExceptionally(failure);
    }

    /**
     * Waits for it.
     *
     * @throws InterruptedIOException if the thread is interrupted, whose flag stays; the request goes on
     * @throws ConnectionLostException if it will not come
     */
    Packet await() throws IOException {
        try {
            while (true) {
                long before = connection.moved();
                try {
                    return reply.get(SILENCE_SECONDS, TimeUnit.SECONDS);
                } catch (TimeoutException e) {
                    // Where the line is slow and others send much, a reply may take long.
                    if (connection.moved() == before) {
                        connection.end(new ConnectionLostException(
                                "the server was silent for " + SILENCE_SECONDS + " s though a reply was due", e));
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            throw ConnectionLostException.of(e);
        }
    }
}
