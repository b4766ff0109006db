package dev.runnel.cli;

import dev.runnel.model.TxId;
import dev.runnel.verify.Receipt;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The local state of one database.
 *
 * @param path the database
 * @param state how replication stands
 * @param txid the newest local transaction; null if there is none
 * @param walSize bytes of the WAL; null if there is none
 * @param receipts the newest receipt of each replica that was verified from here, by name of the replica
 */
public record DatabaseStatus(
        Path path,
        State state,
        @Nullable TxId txid,
        @Nullable Long walSize,
        Map<String, Receipt> receipts) {

    public DatabaseStatus {
        receipts = Collections.unmodifiableMap(new LinkedHashMap<>(receipts));
    }

    /** A state without receipts. */
    public DatabaseStatus(Path path, State state, @Nullable TxId txid, @Nullable Long walSize) {
        this(path, state, txid, walSize, Map.of());
    }

    /** The same with receipts. */
    public DatabaseStatus withReceipts(Map<String, Receipt> newReceipts) {
        return new DatabaseStatus(path, state, txid, walSize, newReceipts);
    }

    /** How replication stands, in Litestream's words. */
    public enum State {
        /** There is a local position. */
        OK("ok"),
        /** The database is there, but was never replicated from here. */
        NOT_INITIALIZED("not initialized"),
        /** There is no database. */
        NO_DATABASE("no database"),
        /** Replication fails, or its state cannot be read. */
        ERROR("error"),
        /** Nothing is known. */
        UNKNOWN("unknown");

        private final String text;

        State(String text) {
            this.text = text;
        }

        /** The state as users read it. */
        public String text() {
            return text;
        }
    }
}
