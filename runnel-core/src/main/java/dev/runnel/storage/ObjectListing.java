package dev.runnel.storage;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Lazy listing. Confined to one thread; close it when done. */
public interface ObjectListing extends Closeable {

    /**
     * The next object, or null at the end.
     *
     * @throws StorageException if the next page cannot be fetched; the listing is then unusable
     */
    @Nullable
    ObjectEntry next() throws IOException;

    @Override
    default void close() throws IOException {}
}
