package dev.runnel.legacy;

import java.time.Instant;

/**
 * A part of one WAL file.
 *
 * @param key key in the store
 * @param generation name of the generation, 16 hexadecimal digits
 * @param index number of the WAL within the generation, from 0
 * @param offset where in the WAL it begins, in bytes; 0 is the WAL's header, any other the beginning of a frame
 * @param size stored length in bytes
 * @param createdAt when it was written
 */
public record LegacySegment(String key, String generation, int index, long offset, long size, Instant createdAt)
        implements LegacyObject {}
