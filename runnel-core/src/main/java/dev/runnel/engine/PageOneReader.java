package dev.runnel.engine;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.PageOne;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.model.TxId;
import dev.runnel.restore.RestoreOptions;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.Restorer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads page 1 of the database in a replica: it comes first in every file that has it. */
final class PageOneReader {

    /** More than a frame needs beside its page, however badly that compresses. */
    private static final int FRAME_OVERHEAD = 4096;

    private PageOneReader() {}

    /** Page 1 as of a transaction, by a request or a few; null if a file on the way is damaged. */
    static @Nullable PageOne read(ReplicaArchive replica, TxId txId, int pageSize, dev.runnel.archive.Backoff backoff)
            throws IOException {
        List<LtxFile> files = new ArrayList<>(new Restorer(replica, RestoreOptions.defaults(), backoff)
                .plan(RestoreTarget.at(txId))
                .files());
        Collections.reverse(files);
        try {
            for (LtxFile file : files) {
                byte[] start = replica.start(file, LtxHeader.SIZE + pageSize + FRAME_OVERHEAD);
                try (LtxDecoder decoder = new LtxDecoder(new ByteArrayInputStream(start), replica.describe(file))) {
                    if (decoder.next() && decoder.pageNumber() == 1) {
                        return PageOne.of(decoder.page());
                    }
                }
            }
        } catch (CorruptChangesetException e) {
            return null; // whoever restores it, says so; here it is a hint
        }
        return null;
    }
}
