package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.model.TxId;
import java.util.List;

/**
 * Files whose pages, the newest image of each, make up the database.
 *
 * @param target what was asked for
 * @param files in the order in which they apply: the first starts at TXID 1, each following one joins or overlaps those
 *     before it and reaches further; never empty
 */
public record RestorePlan(RestoreTarget target, List<LtxFile> files) {

    public RestorePlan {
        files = List.copyOf(files);
        if (files.isEmpty() || !files.get(0).isBase()) {
            throw new IllegalArgumentException("a plan begins with a file that starts at TXID 1: " + files);
        }
        for (int i = 1; i < files.size(); i++) {
            if (!files.get(i).txIds().extendsFrom(files.get(i - 1).max())) {
                throw new IllegalArgumentException(files.get(i) + " does not follow " + files.get(i - 1));
            }
        }
    }

    /** The transaction that the restored database stands at. */
    public TxId txId() {
        return files.get(files.size() - 1).max();
    }

    /** Length of all files together, in bytes. */
    public long bytes() {
        return files.stream().mapToLong(LtxFile::size).sum();
    }
}
