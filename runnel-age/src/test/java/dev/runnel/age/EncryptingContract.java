package dev.runnel.age;

import dev.runnel.storage.ObjectStore;
import dev.runnel.testkit.storage.ObjectStoreContract;

/** Everything encrypted, a store is a store like any other, but that objects are longer than their content. */
abstract class EncryptingContract extends ObjectStoreContract {

    private final Keys keys = Keys.generate();

    abstract ObjectStore createPlainStore() throws Exception;

    @Override
    protected ObjectStore createStore() throws Exception {
        return new AgeObjectStore(createPlainStore(), keys.identities(), keys.recipients(), key -> true);
    }

    @Override
    protected long storedSize(long length) {
        long header = 184;
        long chunks = Math.max(1, (length + 65535) / 65536);
        return header + length + 16 * chunks;
    }
}
