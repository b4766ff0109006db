package dev.runnel.age;

import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import dev.runnel.model.TimeSource;
import dev.runnel.storage.ObjectStore;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;

/** A new identity, and what a test does with it. */
record Keys(String identity, String recipient) {

    static Keys generate() {
        try {
            KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
            return new Keys(pair.getPrivate().toString(), pair.getPublic().toString());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    AgeIdentities identities() {
        return AgeIdentities.parse(List.of(identity));
    }

    AgeRecipients recipients() {
        return AgeRecipients.parse(List.of(recipient));
    }

    /** A new process that reads and writes. */
    AgeObjectStore over(ObjectStore store) {
        return AgeObjectStore.forReplicas(store, identities(), recipients());
    }

    /** A new process that writes only. */
    AgeObjectStore writingOnly(ObjectStore store) {
        return AgeObjectStore.forReplicas(store, AgeIdentities.none(), recipients());
    }

    /** A new process that reads only. */
    AgeObjectStore readingOnly(ObjectStore store) {
        return AgeObjectStore.forReplicas(store, identities(), AgeRecipients.none());
    }

    /** Random bytes, always the same for a seed. */
    static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    /** A clock that stands still. */
    static TimeSource clock() {
        return new TimeSource() {
            @Override
            public Instant now() {
                return Instant.parse("2026-11-22T12:00:00Z");
            }

            @Override
            public long nanoTime() {
                return 0;
            }
        };
    }
}
