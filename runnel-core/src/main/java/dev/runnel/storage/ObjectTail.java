package dev.runnel.storage;

/**
 * The end of an object.
 *
 * @param bytes its last bytes; the caller owns the array
 * @param objectSize length of the content of the whole object in bytes
 */
@SuppressWarnings("ArrayRecordComponent")
public record ObjectTail(byte[] bytes, long objectSize) {}
