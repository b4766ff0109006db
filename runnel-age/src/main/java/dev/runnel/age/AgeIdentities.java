package dev.runnel.age;

import com.exceptionfactory.jagged.FileKey;
import com.exceptionfactory.jagged.RecipientStanza;
import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import com.exceptionfactory.jagged.x25519.X25519KeyFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;

/** The secret X25519 keys that open what was encrypted for them. Immutable; never tells an identity to anybody. */
public final class AgeIdentities {

    static final String PREFIX = "AGE-SECRET-KEY-1";

    private final List<Identity> identities;

    private record Identity(String recipient, RecipientStanzaReader reader) {}

    private AgeIdentities(List<Identity> identities) {
        this.identities = identities;
    }

    /** None: nothing can be decrypted. */
    public static AgeIdentities none() {
        return new AgeIdentities(List.of());
    }

    /**
     * Reads identities.
     *
     * @param texts each what an identity file may hold: an identity a line, blank lines and {@code #} comments between
     * @throws IllegalArgumentException if a line is no X25519 identity; the message does not tell the line
     */
    public static AgeIdentities parse(List<String> texts) {
        return new AgeIdentities(KeyLines.parse(texts, AgeIdentities::identity));
    }

    private static Identity identity(String line, String where) {
        if (line.startsWith(PREFIX)) {
            try {
                SecretKeySpec secret = new SecretKeySpec(line.getBytes(StandardCharsets.US_ASCII), "X25519");
                String recipient = new X25519KeyFactory().translateKey(secret).toString();
                return new Identity(recipient, X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(line));
            } catch (GeneralSecurityException | RuntimeException e) {
                // The cause may quote the key: it stays here.
                throw new IllegalArgumentException(
                        where + " is no valid age identity: damaged, or not copied as a whole");
            }
        }
        throw new IllegalArgumentException(where + " is no age identity: one begins with " + PREFIX
                + " (passphrases, SSH keys and plugins are not supported)");
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return identities.isEmpty();
    }

    /** Whether one of them opens what is encrypted for these recipients. */
    public boolean canOpen(AgeRecipients recipients) {
        return identities.stream().anyMatch(identity -> recipients.has(identity.recipient()));
    }

    int size() {
        return identities.size();
    }

    /** One reader for all, which the library would ask one after the other and give up at the first that fails. */
    RecipientStanzaReader reader() {
        return this::fileKey;
    }

    private FileKey fileKey(Iterable<RecipientStanza> stanzas) throws GeneralSecurityException {
        for (Identity identity : identities) {
            try {
                return identity.reader().getFileKey(stanzas);
            } catch (GeneralSecurityException e) {
                // Not for this one.
            }
        }
        throw new UnsupportedRecipientStanzaException("none of the identities matches");
    }

    /** Their public keys, parted by commas. */
    @Override
    public String toString() {
        return String.join(", ", identities.stream().map(Identity::recipient).toList());
    }
}
