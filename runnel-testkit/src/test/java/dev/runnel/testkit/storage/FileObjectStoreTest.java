package dev.runnel.testkit.storage;

import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.file.FileObjectStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
class FileObjectStoreTest extends ObjectStoreContract {

    @TempDir
    Path directory;

    @Override
    protected ObjectStore createStore() {
        return new FileObjectStore(directory.resolve("not/yet/there"));
    }

    @Override
    protected boolean isTree() {
        return true;
    }

    @Override
    protected boolean keepsAbsenceOfTimestamp() {
        return false;
    }

    @Override
    protected boolean supportsUnicodeKeys() {
        return "UTF-8".equals(System.getProperty("sun.jnu.encoding"));
    }
}
