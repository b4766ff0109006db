package dev.runnel.engine;

import dev.runnel.model.TxId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells in words how much of a database is stored, and why not more. */
final class Backlog {

    private Backlog() {}

    static String describe(CaptureLoop capture, StatusBoard board, List<ReplicaEngine> replicas) {
        TxId captured = capture.captured();
        StringBuilder text = new StringBuilder(captured == null ? "nothing captured" : "captured up to " + captured);
        appendReason(text, board.get().reason());
        for (ReplicaEngine replica : replicas) {
            TxId uploaded = replica.uploaded();
            text.append("; ")
                    .append(replica.archive().describe())
                    .append(uploaded == null ? " holds nothing" : " holds up to " + uploaded);
            appendReason(text, replica.report().reason());
        }
        return text.toString();
    }

    private static void appendReason(StringBuilder text, @Nullable String reason) {
        if (reason != null) {
            text.append(" (").append(reason).append(')');
        }
    }
}
