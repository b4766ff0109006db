package dev.runnel.testkit.storage;

import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.memory.MemoryObjectStore;

class TrackingObjectStoreContractTest extends ObjectStoreContract {

    @Override
    protected ObjectStore createStore() {
        return new TrackingObjectStore(new MemoryObjectStore(new FixedTime()));
    }
}
