package dev.runnel.sftp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The public key of a server as a line of {@code authorized_keys}, {@code known_hosts} or {@code ssh-keyscan}:
 * {@code ssh-ed25519 AAAA…}. Source of the format: sshd(8) and RFC 4253, section 6.6.
 */
public final class HostKeyLine {

    private static final Pattern LINE =
            Pattern.compile("(?:^|.*\\s)((?:ssh|ecdsa|sk)-\\S+)\\s+([A-Za-z0-9+/]+=*)(?:\\s.*)?");

    private final byte[] key;

    private HostKeyLine(byte[] key) {
        this.key = key.clone();
    }

    /**
     * Reads a line. What stands before the type (a host) and behind the key (a comment) is ignored.
     *
     * @throws IllegalArgumentException whose message begins with {@code host-key}, if it is none
     */
    public static HostKeyLine parse(String text) {
        Matcher matcher = LINE.matcher(text.strip());
        if (matcher.matches()) {
            try {
                byte[] key = Base64.getDecoder().decode(matcher.group(2));
                if (matcher.group(1).equals(typeOf(key))) {
                    return new HostKeyLine(key);
                }
            } catch (IllegalArgumentException e) {
                // falls through: it is no base64
            }
        }
        throw new IllegalArgumentException("host-key is no public key; write one line as `ssh-keyscan` prints it:"
                + " the type, such as ssh-ed25519, a space, and the key in base64");
    }

    /** A key as the protocol sends it. */
    static HostKeyLine of(byte[] key) {
        return new HostKeyLine(key);
    }

    /** Whether it is this key. */
    boolean matches(byte[] other) {
        return Arrays.equals(key, other);
    }

    /** E.g. {@code ssh-ed25519}. */
    public String type() {
        return typeOf(key);
    }

    /** The signature algorithms that a server can prove this key by, as SSH lists them. */
    String algorithms() {
        return type().equals("ssh-rsa") ? "rsa-sha2-512,rsa-sha2-256" : type();
    }

    /** As OpenSSH shows it: {@code SHA256:} and base64 without padding. */
    public String fingerprint() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key);
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The line: type and key. */
    @Override
    public String toString() {
        return type() + " " + Base64.getEncoder().encodeToString(key);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HostKeyLine line && Arrays.equals(key, line.key);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(key);
    }

    /** The name at the beginning of a key; empty if it has none. */
    private static String typeOf(byte[] key) {
        ByteBuffer buffer = ByteBuffer.wrap(key);
        int length = buffer.remaining() < 4 ? -1 : buffer.getInt();
        if (length < 0 || length > buffer.remaining()) {
            return "";
        }
        return new String(key, 4, length, StandardCharsets.US_ASCII);
    }
}
