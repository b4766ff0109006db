package dev.runnel.legacy;

import java.time.Instant;

/** A snapshot or a WAL segment of a replica of Litestream 0.3. */
public sealed interface LegacyObject permits LegacySnapshot, LegacySegment {

    /** Key in the store. */
    String key();

    /** Name of its generation, 16 hexadecimal digits. */
    String generation();

    /** Number of its WAL within the generation, from 0. */
    int index();

    /** Stored length in bytes: compressed, and encrypted if the replica is. */
    long size();

    /** When it was written, as the store tells: the only time there is, and lost when a replica is copied. */
    Instant createdAt();
}
