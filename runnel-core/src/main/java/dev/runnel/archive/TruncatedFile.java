package dev.runnel.archive;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;

/** A file that lost its end after it was listed or stored. A store knows only that a range does not lie in the object. */
final class TruncatedFile {

    private TruncatedFile() {}

    /**
     * What a failure to open a file is: the failure itself, or damage where the object is shorter than it was. Costs a
     * request.
     */
    static IOException or(StorageException failure, ObjectStore store, String key, LtxFile file) {
        if (failure instanceof ObjectNotFoundException || failure instanceof TransientStorageException) {
            return failure;
        }
        long size;
        try {
            size = store.head(key).size();
        } catch (IOException e) {
            failure.addSuppressed(e);
            return failure;
        }
        return size >= file.size()
                ? failure
                : new CorruptChangesetException(
                        store.describe() + "/" + key, size, file.size() + " bytes, as it was stored", size + " bytes");
    }
}
