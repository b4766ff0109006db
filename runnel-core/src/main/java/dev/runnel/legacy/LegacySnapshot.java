package dev.runnel.legacy;

import java.time.Instant;

/**
 * A whole database, as it was when WAL number {@code index} was the current one.
 *
 * @param key key in the store
 * @param generation name of the generation, 16 hexadecimal digits
 * @param index number of the first WAL that is to be applied to it
 * @param size stored length in bytes
 * @param createdAt when it was written
 */
public record LegacySnapshot(String key, String generation, int index, long size, Instant createdAt)
        implements LegacyObject {}
