package dev.runnel.legacy;

import java.io.IOException;
import java.io.InputStream;

/** Turns objects as they are stored into what was encrypted. Implementations are thread-safe. */
@FunctionalInterface
public interface ObjectDecryptor {

    /** For replicas that are not encrypted. */
    ObjectDecryptor NONE = (stored, resource) -> stored;

    /**
     * The plain bytes of an object. Reading them fails with an {@link IOException} if they were changed.
     *
     * @param stored the object from its first byte; closed with the result, also if this method fails
     * @param resource name of the object for messages
     * @throws IOException if the object is not encrypted, or for others
     */
    InputStream decrypt(InputStream stored, String resource) throws IOException;
}
