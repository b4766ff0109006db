package dev.runnel.storage;

import java.io.IOException;
import java.io.InputStream;

/** The method of streams that read many bytes at once which nearly nobody calls, and which they must have. */
public final class SingleByte {

    private SingleByte() {}

    /**
     * {@link InputStream#read()} by way of {@link InputStream#read(byte[], int, int)}, which must not call the former.
     *
     * @return the next byte, 0 to 255; -1 at the end
     */
    public static int of(InputStream in) throws IOException {
        byte[] one = new byte[1];
        return in.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
}
