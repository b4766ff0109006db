package dev.runnel.engine;

import dev.runnel.model.TxId;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** How far a replica has come, what was sent to it, and who waits for it to hold a transaction. Thread-safe. */
final class Uploads {

    private final List<Waiter> waiters = new ArrayList<>();
    private @Nullable TxId position;
    private @Nullable Instant at;
    private long count;
    private long bytes;
    private @Nullable IOException ended;

    private record Waiter(TxId txId, CompletableFuture<Void> future) {}

    /**
     * What was sent since the start.
     *
     * @param at when an upload succeeded last; null for never
     * @param count uploads
     * @param bytes their bytes
     */
    record Sent(@Nullable Instant at, long count, long bytes) {}

    /** Newest transaction stored; null for none. */
    synchronized @Nullable TxId position() {
        return position;
    }

    synchronized Sent sent() {
        return new Sent(at, count, bytes);
    }

    /** Completes when everything up to {@code txId} is stored; fails once that is not to come any more. */
    CompletableFuture<Void> await(TxId txId) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        IOException end;
        synchronized (this) {
            boolean stored = position != null && position.compareTo(txId) >= 0;
            end = stored ? null : ended;
            if (!stored && end == null) {
                waiters.add(new Waiter(txId, future));
                return future;
            }
        }
        if (end == null) {
            future.complete(null);
        } else {
            future.completeExceptionally(end);
        }
        return future;
    }

    /** Whether anybody waits. */
    synchronized boolean isAwaited() {
        return !waiters.isEmpty();
    }

    /** The replica was found to hold this; null for nothing. Callers are told by {@link #tell}. */
    synchronized void settle(@Nullable TxId found) {
        position = found;
    }

    /** A file was sent. */
    synchronized void add(long length) {
        count++;
        bytes += length;
    }

    /** Everything up to {@code txId} was sent. */
    void advance(TxId txId, Instant now) {
        synchronized (this) {
            position = txId;
            at = now;
        }
        tell();
    }

    /** Completes the callers who wait for what is stored. */
    void tell() {
        TxId now = position();
        if (now != null) {
            tell(now);
        }
    }

    /** Completes the callers who wait for what is stored up to {@code txId}, by whomsoever. */
    void tell(TxId txId) {
        List<Waiter> done;
        synchronized (this) {
            done = waiters.stream()
                    .filter(waiter -> txId.compareTo(waiter.txId) >= 0)
                    .toList();
            waiters.removeAll(done);
        }
        done.forEach(waiter -> waiter.future.complete(null));
    }

    /** Nothing more will be stored. */
    void end(IOException cause) {
        List<Waiter> failed;
        synchronized (this) {
            ended = cause;
            failed = List.copyOf(waiters);
            waiters.clear();
        }
        failed.forEach(waiter -> waiter.future.completeExceptionally(cause));
    }
}
