package dev.runnel.age;

import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.file.FileObjectStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
class EncryptedFilesContractTest extends EncryptingContract {

    @TempDir
    private Path folder;

    @Override
    ObjectStore createPlainStore() {
        return new FileObjectStore(folder);
    }

    @Override
    protected boolean isTree() {
        return true;
    }

    @Override
    protected boolean keepsAbsenceOfTimestamp() {
        return false;
    }
}
