package dev.runnel.engine;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectStore;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A replica as its verification sees it. Thread-safe. */
final class VerifiedReplica implements VerificationTask.Subject {

    private final ReplicaEngine served;
    private final ReplicaHost host;

    VerifiedReplica(ReplicaEngine served, ReplicaHost host) {
        this.served = served;
        this.host = host;
    }

    @Override
    public ReplicaArchive replica() {
        return served.archive();
    }

    @Override
    public ObjectStore store() {
        return served.settings().archive().store();
    }

    @Override
    public @Nullable TxId uploaded() {
        return host.historyReady() ? served.uploaded() : null;
    }

    @Override
    public int generation() {
        return host.generation();
    }

    @Override
    public long checksumAt(TxId txId) throws IOException {
        return host.checksumAt(txId);
    }

    @Override
    public void distrust(TxId txId) {
        served.distrust(txId);
    }

    @Override
    public void heal(TxId txId) {
        TxId captured = host.captured();
        if (captured != null && captured.compareTo(txId) > 0) {
            served.wantSnapshot();
        } else {
            host.goBeyond(txId); // a snapshot of the same transactions would have the name of what is damaged
        }
    }
}
