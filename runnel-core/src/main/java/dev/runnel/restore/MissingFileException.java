package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;

/** A file of a plan is gone: compacted and deleted since the listing. Never leaves this package. */
final class MissingFileException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient LtxFile file;

    MissingFileException(LtxFile file, ObjectNotFoundException cause) {
        super(cause);
        this.file = file;
    }

    LtxFile file() {
        return file;
    }
}
