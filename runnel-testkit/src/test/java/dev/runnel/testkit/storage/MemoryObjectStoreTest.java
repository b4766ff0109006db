package dev.runnel.testkit.storage;

import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.memory.MemoryObjectStore;

class MemoryObjectStoreTest extends ObjectStoreContract {

    @Override
    protected ObjectStore createStore() {
        return new MemoryObjectStore(new FixedTime());
    }
}
