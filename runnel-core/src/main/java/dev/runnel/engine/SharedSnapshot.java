package dev.runnel.engine;

import dev.runnel.capture.CutFile;
import java.io.IOException;
import java.nio.file.Files;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A snapshot file that several replicas upload, deleted when the last of them has. Thread-safe. */
final class SharedSnapshot {

    private static final Logger LOG = LoggerFactory.getLogger(SharedSnapshot.class);

    private final CutFile file;
    private int holders = 1;

    /** Held once, by the caller. */
    SharedSnapshot(CutFile file) {
        this.file = file;
    }

    CutFile file() {
        return file;
    }

    synchronized SharedSnapshot retain() {
        holders++;
        return this;
    }

    synchronized void release() {
        holders--;
        if (holders == 0) {
            try {
                Files.deleteIfExists(file.path());
            } catch (IOException e) {
                LOG.atWarn()
                        .addKeyValue("path", file.path())
                        .addKeyValue("error", e.toString())
                        .log("cannot delete a temporary file, the next start will");
            }
        }
    }
}
