package dev.runnel.nats;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The digest of an object as its entry has it. */
final class Digests {

    private static final String PREFIX = "SHA-256=";

    private Digests() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** Ends the digest. */
    static String text(MessageDigest digest) {
        return PREFIX + Base64.getUrlEncoder().encodeToString(digest.digest());
    }
}
