package dev.runnel.ltx;

import java.io.IOException;

/**
 * An LTX file is encrypted with age, and nobody has decrypted it. It is not known to be damaged, and must not be replaced
 * as if it were.
 */
public final class EncryptedChangesetException extends IOException {

    private static final long serialVersionUID = 1;

    /** How a file of age begins. */
    private static final String MAGIC = "age-encryption.org/v1";

    /** @param resource name of the file or object */
    public EncryptedChangesetException(String resource) {
        super(resource + ": is encrypted with age, and this replica is configured without keys; set `age.identities`"
                + " of the replica in the configuration file");
    }

    /** Whether a file that begins so is encrypted. */
    static boolean isEncrypted(byte[] start) {
        if (start.length < MAGIC.length()) {
            return false;
        }
        for (int i = 0; i < MAGIC.length(); i++) {
            if (start[i] != MAGIC.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
