package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import java.io.IOException;
import java.time.Instant;

/** Exact timestamps of LTX files, from their headers; {@code ReplicaArchive::timestampOf} is one. */
@FunctionalInterface
public interface TimestampLookup {

    /** Timestamp in the header of {@code file}, to the millisecond. May cost a request to the store. */
    Instant timestampOf(LtxFile file) throws IOException;
}
