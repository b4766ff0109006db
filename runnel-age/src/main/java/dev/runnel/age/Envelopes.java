package dev.runnel.age;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import com.exceptionfactory.jagged.framework.crypto.CipherKey;
import com.exceptionfactory.jagged.framework.format.StandardPayloadKeyReader;
import com.exceptionfactory.jagged.framework.format.StandardPayloadKeyWriter;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.UnreadableObjectException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;

/**
 * Makes and opens the headers of age files. Remembers the keys of files, in memory alone: those that it opened, which saves
 * doing that again, and those that it made, so that a write of which the reply was lost can be settled also by who holds no
 * identity. Of the latter it remembers few, lest the past can be read after all. Thread-safe.
 */
final class Envelopes {

    /** No header is longer, in bytes: that of {@link AgeRecipients#MAX} recipients has 9,886. */
    static final int MAX_HEADER = 16 << 10;

    private static final byte[] MAGIC = "age-encryption.org/v1\n".getBytes(ISO_8859_1);
    private static final String MAC = "\n--- ";
    private static final int NONCE = 16;
    private static final int REMEMBERED = 4096;
    private static final int REMEMBERED_WRITE_ONLY = 256;

    /** Bytes of a header beside what each recipient takes. */
    private static final int HEADER_BASE = 86;

    private static final int HEADER_PER_RECIPIENT = 98;

    private final AgeIdentities identities;
    private final AgeRecipients recipients;
    private final Recent<String, CipherKey> keys;
    /** Whether an identity matched at least once. No proof: what is older may be for an identity that was taken away. */
    private volatile boolean opened;

    Envelopes(AgeIdentities identities, AgeRecipients recipients) {
        this.identities = identities;
        this.recipients = recipients;
        this.keys = new Recent<>(areWriteOnly() ? REMEMBERED_WRITE_ONLY : REMEMBERED);
    }

    /** Whether a file begins as those of age do. */
    static boolean isSealed(byte[] start) {
        return start.length >= MAGIC.length && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /** Whether the header of X25519 recipients can have so many bytes. */
    static boolean canBeHeader(long length) {
        long stanzas = length - HEADER_BASE;
        return stanzas > 0 && stanzas % HEADER_PER_RECIPIENT == 0 && length <= MAX_HEADER;
    }

    final boolean areWriteOnly() {
        return identities.isEmpty() && !recipients.isEmpty();
    }

    /** A new envelope, with a key that was never used. */
    Envelope seal(String resource) throws StorageException {
        if (recipients.isEmpty()) {
            throw new StorageException(resource + ": is to be encrypted, and nobody is named to encrypt it for; set"
                    + " `age.recipients` of the replica, or take `age` out to store in the clear");
        }
        try {
            ByteBuffer buffer = ByteBuffer.allocate(MAX_HEADER);
            CipherKey key = new StandardPayloadKeyWriter().writeFileHeader(buffer, recipients.writers());
            byte[] header = Arrays.copyOf(buffer.array(), buffer.position());
            keys.put(new String(header, ISO_8859_1), key);
            return new Envelope(header, key);
        } catch (GeneralSecurityException | IOException e) {
            throw new StorageException(resource + ": cannot be encrypted for " + recipients, e);
        }
    }

    /**
     * Opens the envelope of a file.
     *
     * @param start how the file begins: {@link #MAX_HEADER} bytes of it, or all if it is shorter; {@link #isSealed}
     * @throws UnreadableObjectException if no identity opens it
     * @throws CorruptChangesetException if it is damaged
     */
    Envelope open(byte[] start, String resource) throws CorruptChangesetException, UnreadableObjectException {
        byte[] header = headerOf(start, resource);
        String name = new String(header, ISO_8859_1);
        CipherKey key = keys.get(name);
        if (key == null) {
            key = decrypt(header, resource);
            opened = true;
            keys.put(name, key);
        }
        return new Envelope(header, key);
    }

    private static byte[] headerOf(byte[] start, String resource) throws CorruptChangesetException {
        int mac = new String(start, ISO_8859_1).indexOf(MAC);
        int end = mac < 0 ? -1 : indexOf(start, (byte) '\n', mac + MAC.length());
        if (end < 0 || end + 1 + NONCE > start.length) {
            throw new CorruptChangesetException(
                    resource,
                    start.length,
                    "the end of an age header within " + MAX_HEADER + " bytes",
                    start.length < MAX_HEADER ? "end of file (file truncated?)" : "more");
        }
        return Arrays.copyOf(start, end + 1 + NONCE);
    }

    private static int indexOf(byte[] bytes, byte wanted, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private CipherKey decrypt(byte[] header, String resource)
            throws CorruptChangesetException, UnreadableObjectException {
        if (identities.isEmpty()) {
            throw new UnreadableObjectException(resource + ": is encrypted with age, and there is no identity here to"
                    + " read it: set `age.identities` of the replica"
                    + (recipients.isEmpty() ? "" : " (what is stored now is encrypted for " + recipients + ")"));
        }
        HeaderGrammar.check(header, resource);
        try {
            // The library wants a chunk behind the header.
            ByteBuffer buffer =
                    ByteBuffer.allocate(header.length + Chunks.TAG).put(header).rewind();
            return new StandardPayloadKeyReader().getPayloadKey(buffer, List.of(identities.reader()));
        } catch (UnsupportedRecipientStanzaException e) {
            throw new UnreadableObjectException(
                    resource + ": is encrypted with age, and no identity matches: it is not for "
                            + identities
                            + ". Add the identity that it was encrypted for to `age.identities` of the replica"
                            + (opened ? "; or its header is damaged, since other objects here do match" : ""));
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw new CorruptChangesetException(
                    resource, 0, "an age header that its checksum confirms", String.valueOf(e.getMessage()));
        }
    }
}
