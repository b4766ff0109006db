package dev.runnel.storage;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Attributes of a stored object.
 *
 * @param key its key
 * @param size length in bytes as it is stored, which where {@link ObjectStore#form} is another than
 *     {@link ObjectForm#AS_IS} differs from that of the content
 * @param lastModified when the store wrote it, by the store's clock
 * @param timestamp what {@link ObjectStore#put} was given; null when there is none or (in a listing) it is not known
 * @param etag version tag for {@link PutCondition#ifMatch}, or null where the store has none
 */
public record ObjectEntry(
        String key,
        long size,
        Instant lastModified,
        @Nullable Instant timestamp,
        @Nullable String etag) {}
