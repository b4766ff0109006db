package dev.runnel.engine;

import dev.runnel.archive.Manifest;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What callers want of a replica beyond its schedule. Whoever adds an errand wakes the replica. Thread-safe. */
final class Errands {

    private final List<Snapshot> snapshots = new ArrayList<>();
    private final List<CompletableFuture<Void>> retentions = new ArrayList<>();
    private @Nullable IOException ended;

    private record Snapshot(TxId txId, CompletableFuture<Void> future) {}

    /** A snapshot as of {@code txId} or later: completes when the replica holds one. */
    synchronized CompletableFuture<Void> snapshot(TxId txId) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        if (ended != null) {
            future.completeExceptionally(ended);
        } else {
            snapshots.add(new Snapshot(txId, future));
        }
        return future;
    }

    /** Retention at once: completes when what may be deleted is deleted. */
    synchronized CompletableFuture<Void> retention() {
        CompletableFuture<Void> future = new CompletableFuture<>();
        if (ended != null) {
            future.completeExceptionally(ended);
        } else {
            retentions.add(future);
        }
        return future;
    }

    /** Completes the snapshots that are there. Returns whether others are still wanted. */
    boolean wantsSnapshot(Manifest manifest) {
        TxId newest = manifest.newest(Level.SNAPSHOT);
        List<Snapshot> done;
        boolean more;
        synchronized (this) {
            done = snapshots.stream()
                    .filter(wanted -> newest != null && newest.compareTo(wanted.txId()) >= 0)
                    .toList();
            snapshots.removeAll(done);
            more = !snapshots.isEmpty();
        }
        done.forEach(snapshot -> snapshot.future().complete(null));
        return more;
    }

    /** The callers who wait for retention, to be completed when it was enforced; they are given once more if it fails. */
    synchronized List<CompletableFuture<Void>> wantRetention() {
        return List.copyOf(retentions);
    }

    /** Retention was enforced for these callers. */
    void retained(List<CompletableFuture<Void>> callers) {
        synchronized (this) {
            // Callers are added at the end, so these are the first; none are left once it has ended.
            retentions.subList(0, Math.min(callers.size(), retentions.size())).clear();
        }
        callers.forEach(caller -> caller.complete(null));
    }

    /** Nothing more is done for anybody. */
    void end(IOException cause) {
        List<CompletableFuture<Void>> left = new ArrayList<>();
        synchronized (this) {
            ended = cause;
            snapshots.forEach(snapshot -> left.add(snapshot.future()));
            left.addAll(retentions);
            snapshots.clear();
            retentions.clear();
        }
        left.forEach(future -> future.completeExceptionally(cause));
    }
}
