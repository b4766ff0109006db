package dev.runnel.age;

import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.memory.MemoryObjectStore;

class EncryptedMemoryContractTest extends EncryptingContract {

    @Override
    ObjectStore createPlainStore() {
        return new MemoryObjectStore(Keys.clock());
    }
}
