package dev.runnel.age;

import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import java.security.GeneralSecurityException;
import java.util.List;

/** Whom objects are encrypted for: the public halves of X25519 identities, each of which opens them. Immutable. */
public final class AgeRecipients {

    /** More would make the header longer than readers look for its end. */
    public static final int MAX = 100;

    private static final String PREFIX = "age1";

    private final List<Recipient> recipients;

    private record Recipient(String text, RecipientStanzaWriter writer) {}

    private AgeRecipients(List<Recipient> recipients) {
        this.recipients = recipients;
    }

    /** Nobody: nothing can be encrypted. */
    public static AgeRecipients none() {
        return new AgeRecipients(List.of());
    }

    /**
     * Reads recipients.
     *
     * @param texts each what a recipients file may hold: a recipient a line, blank lines and {@code #} comments between
     * @throws IllegalArgumentException if a line is no X25519 recipient, or there are more than {@link #MAX}
     */
    public static AgeRecipients parse(List<String> texts) {
        List<Recipient> recipients = KeyLines.parse(texts, AgeRecipients::recipient);
        if (recipients.size() > MAX) {
            throw new IllegalArgumentException(recipients.size() + " recipients; at most " + MAX + " are possible");
        }
        return new AgeRecipients(recipients);
    }

    private static Recipient recipient(String line, String where) {
        if (line.toUpperCase(java.util.Locale.ROOT).startsWith(AgeIdentities.PREFIX)) {
            throw new IllegalArgumentException(
                    where + " is an identity, which is secret: recipients are the public keys, which begin with "
                            + PREFIX + " (`age-keygen -y` tells that of an identity)");
        }
        if (line.startsWith(PREFIX)) {
            try {
                return new Recipient(line, X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(line));
            } catch (GeneralSecurityException | RuntimeException e) {
                throw new IllegalArgumentException(
                        where + " is no valid age recipient: damaged, not copied as a whole, or not of type X25519", e);
            }
        }
        throw new IllegalArgumentException(where + " is no age recipient: one begins with " + PREFIX
                + " (SSH keys and plugins are not supported)");
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return recipients.isEmpty();
    }

    boolean has(String recipient) {
        return recipients.stream().anyMatch(known -> known.text().equalsIgnoreCase(recipient));
    }

    List<RecipientStanzaWriter> writers() {
        return recipients.stream().map(Recipient::writer).toList();
    }

    /** The public keys, parted by commas. */
    @Override
    public String toString() {
        return String.join(", ", recipients.stream().map(Recipient::text).toList());
    }
}
