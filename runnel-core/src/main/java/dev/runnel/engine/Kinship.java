package dev.runnel.engine;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ForeignWriterException;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.Divergence;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.PageMapCodec;
import dev.runnel.capture.PageOne;
import dev.runnel.capture.StateDirectory;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.TxId;
import dev.runnel.storage.UnreadableObjectException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a replica that holds another history is a replica of this database all the same, one that was away while
 * local state was lost, or another application's. Asked seldom; reads the replica's page map. Thread-safe.
 */
final class Kinship {

    private final DatabaseSettings settings;
    private final StateDirectory state;
    private final RemoteMaps remoteMaps;
    private final Backoff backoff;

    Kinship(DatabaseSettings settings, StateDirectory state, RemoteMaps remoteMaps, Backoff backoff) {
        this.settings = settings;
        this.state = state;
        this.remoteMaps = remoteMaps;
        this.backoff = backoff;
    }

    /**
     * Demands that the replica is of this database.
     *
     * @param txId newest transaction of the replica
     * @return false where that cannot be told before the database was read, and its page map is saved
     * @throws ForeignWriterException if it is not
     */
    boolean require(ReplicaArchive replica, TxId txId) throws IOException {
        if (settings.onDivergence() == OnDivergence.CONTINUE) {
            return true;
        }
        PageMap ours = savedMap();
        PageOne ourPageOne = state.loadPageOne();
        if (ours == null || ourPageOne == null) {
            return false; // what the page diff settles is whose the most advanced replica is, and no other one
        }
        PageMap theirs;
        PageOne theirPageOne;
        try {
            theirs = remoteMaps.of(replica, txId);
            theirPageOne = PageOneReader.read(replica, txId, theirs.pageSize().bytes(), backoff);
        } catch (UnreadableObjectException e) {
            if (replica.isWriteOnly()) {
                return true; // nobody here can tell; what is there stays, and is as good as before
            }
            throw e;
        } catch (CorruptChangesetException e) {
            return true; // what is damaged tells nothing; it stays, and a snapshot follows it
        }
        Divergence difference = new Divergence(
                theirs.pageCount(),
                ours.pageCount(),
                same(ours, theirs),
                0,
                ours.pageSize().bytes(),
                ourPageOne);
        StartGuard.Verdict verdict =
                StartGuard.decide(OnDivergence.DECIDE, new StartGuard.Known(false, theirPageOne), difference);
        if (verdict != StartGuard.Verdict.PROCEED) {
            throw new ForeignWriterException(replica.describe() + " holds another database: TXID " + txId + ", "
                    + Sentry.describe(theirs.pageCount(), bytes(theirs)) + ", while " + settings.path() + " has "
                    + Sentry.describe(ours.pageCount(), bytes(ours)) + ", " + difference.same()
                    + " of them the same; nothing was written. Two applications on one replica path lose both backups:"
                    + " give this database another replica path, or set on-divergence: continue to follow the other"
                    + " database's history with this one");
        }
        return true;
    }

    private static long bytes(PageMap map) {
        return (long) map.pageCount() * map.pageSize().bytes();
    }

    private static int same(PageMap ours, PageMap theirs) {
        int same = 0;
        if (ours.pageSize().equals(theirs.pageSize())) {
            for (int page = 1; page <= Math.min(ours.pageCount(), theirs.pageCount()); page++) {
                same += ours.get(page) == theirs.get(page) ? 1 : 0;
            }
        }
        return same;
    }

    private @Nullable PageMap savedMap() throws IOException {
        List<TxId> maps = state.maps();
        if (maps.isEmpty()) {
            return null;
        }
        TxId newest = maps.get(maps.size() - 1);
        try (InputStream in = Files.newInputStream(state.mapFile(newest))) {
            return PageMapCodec.read(in, newest, state.mapFile(newest).toString());
        } catch (NoSuchFileException | CorruptChangesetException e) {
            return null;
        }
    }
}
