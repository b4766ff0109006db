package dev.runnel.testkit.storage;

import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.memory.MemoryObjectStore;

/** Without faults the faulty store is a store like any other. */
class FaultyObjectStoreContractTest extends ObjectStoreContract {

    @Override
    protected ObjectStore createStore() {
        FaultPlan lagWithoutProbability = FaultPlan.builder().listingLag(10).build();
        return new FaultyObjectStore(new MemoryObjectStore(new FixedTime()), 1, lagWithoutProbability);
    }
}
