package dev.runnel.engine;

import dev.runnel.model.TxId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Callers that wait until everything committed before their call is captured. Anybody may arrive at any time; the step that
 * admits them looks at the database afterwards, and so sees what they wait for. All but {@link #arrive} is for the task
 * that captures.
 */
final class Barriers {

    private final List<CompletableFuture<@Nullable TxId>> arriving = new ArrayList<>();
    private final List<CompletableFuture<@Nullable TxId>> admitted = new ArrayList<>();

    /** A new caller. Thread-safe. */
    CompletableFuture<@Nullable TxId> arrive() {
        CompletableFuture<@Nullable TxId> future = new CompletableFuture<>();
        synchronized (arriving) {
            arriving.add(future);
        }
        return future;
    }

    /** From now on, those who have arrived count. To be called before a look. */
    void admit() {
        synchronized (arriving) {
            admitted.addAll(arriving);
            arriving.clear();
        }
    }

    /** Whether nobody waits who was admitted. */
    boolean isEmpty() {
        return admitted.isEmpty();
    }

    /** Tells them that everything is captured, up to this transaction. */
    void complete(@Nullable TxId txId) {
        take().forEach(barrier -> barrier.complete(txId));
    }

    /** Tells them that it cannot be captured. */
    void fail(IOException cause) {
        take().forEach(barrier -> barrier.completeExceptionally(cause));
    }

    private List<CompletableFuture<@Nullable TxId>> take() {
        List<CompletableFuture<@Nullable TxId>> taken = List.copyOf(admitted);
        admitted.clear();
        return taken;
    }
}
