package dev.runnel.engine;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.restore.LiveDatabase;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.RestoredImage;
import dev.runnel.restore.Restorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores a database that is absent or empty before its replication begins. Never replaces a file that has bytes, or that
 * another process has open: what that writes would be lost.
 */
final class Restoration {

    private static final Logger LOG = LoggerFactory.getLogger(Restoration.class);

    private final Path database;
    private final Backoff backoff;

    Restoration(Path database, Backoff backoff) {
        this.database = database;
        this.backoff = backoff;
    }

    /** Whether there is nothing at the path, or a file without bytes. */
    boolean isPossible() throws IOException {
        return !Files.exists(database) || (Files.isRegularFile(database) && Files.size(database) == 0);
    }

    /**
     * Restores the newest state.
     *
     * @throws IOException if an application has the empty file open, or the replica cannot be restored
     */
    void from(ReplicaArchive replica) throws IOException {
        String user = Files.exists(database) ? LiveDatabase.userOf(database.toRealPath()) : null;
        if (user != null) {
            throw new IOException(database + " is empty and is to be restored, but process " + user
                    + " has it open, which would not notice; stop the application until it is restored");
        }
        RestoredImage image =
                new Restorer(replica, RestoreOptions.defaults(), backoff).restore(RestoreTarget.newest(), database);
        LOG.atInfo()
                .addKeyValue("db", database)
                .addKeyValue("replica", replica.describe())
                .addKeyValue("txid", image.txId())
                .addKeyValue("captured", image.timestamp())
                .addKeyValue("pages", image.pages())
                .log("restored before replication");
    }
}
