package dev.runnel.age;

import com.exceptionfactory.jagged.framework.crypto.CipherKey;

/**
 * The header of an age file and the key of its payload.
 *
 * @param header all bytes before the first chunk, the nonce of the payload included; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Envelope(byte[] header, CipherKey key) {}
