package dev.runnel.capture;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests of captures on a {@link Rig} have in common. */
@SuppressWarnings("NullAway.Init")
abstract class RigTest {

    @TempDir
    Path directory;

    Rig rig;

    @BeforeEach
    void makeRig() throws IOException {
        rig = new Rig(directory);
    }

    @AfterEach
    void closeRig() throws IOException {
        rig.close();
    }
}
