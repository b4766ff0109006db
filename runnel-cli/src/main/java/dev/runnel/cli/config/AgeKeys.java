package dev.runnel.cli.config;

import dev.runnel.age.AgeIdentities;
import dev.runnel.age.AgeRecipients;
import java.util.List;

/**
 * The key {@code age} of a replica, checked.
 *
 * @param identities each an identity, or the content of an identity file: secret
 * @param recipients whom new objects are encrypted for
 */
public record AgeKeys(List<String> identities, List<String> recipients) {

    /** No encryption. */
    public static final AgeKeys NONE = new AgeKeys(List.of(), List.of());

    public AgeKeys {
        identities = List.copyOf(identities);
        recipients = List.copyOf(recipients);
    }

    /** Whether neither is there. */
    public boolean isEmpty() {
        return identities.isEmpty() && recipients.isEmpty();
    }

    /** Whether what is there can be read, and nothing stored. */
    public boolean isReadOnly() {
        return recipients.isEmpty() && !identities.isEmpty();
    }

    /** Whether what is stored cannot be read again here. */
    public boolean isWriteOnly() {
        return identities.isEmpty() && !recipients.isEmpty();
    }

    /** What opens. */
    public AgeIdentities openedBy() {
        return AgeIdentities.parse(identities);
    }

    /** Whom for. */
    public AgeRecipients encryptedFor() {
        return AgeRecipients.parse(recipients);
    }

    /** Tells no key. */
    @Override
    public String toString() {
        return "AgeKeys[" + identities.size() + " identities, " + recipients.size() + " recipients]";
    }
}
