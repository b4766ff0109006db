package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import java.io.IOException;

/** Says which file of a plan the cause is about. Never leaves this package. */
final class DamagedFileException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient LtxFile file;

    DamagedFileException(LtxFile file, IOException cause) {
        super(cause);
        this.file = file;
    }

    LtxFile file() {
        return file;
    }

    /** Why the file cannot be used. */
    IOException reason() {
        return getCause() instanceof IOException reason ? reason : this;
    }
}
