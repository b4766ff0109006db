package dev.runnel.age;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.runnel.ltx.CorruptChangesetException;
import java.util.Base64;

/**
 * What the header of every age file looks like, whoever it is for. An identity cannot tell a stanza for somebody else from
 * its own that was damaged; a header that breaks the grammar is damaged for certain. Source: the age specification
 * ({@code age-encryption.org/v1}): stanzas of an argument line and a body of canonical base64 without padding, in lines of
 * 64 characters of which the last one is shorter; X25519 has one argument and a body, each of 32 bytes.
 */
final class HeaderGrammar {

    private static final String STANZA = "-> ";
    private static final String MAC = "--- ";
    private static final String X25519 = "X25519";
    private static final int LINE = 64;
    private static final int KEY_BYTES = 32;

    private final String[] lines;
    private final String resource;
    private int next = 1; // behind the version
    private int offset;

    private HeaderGrammar(byte[] header, String resource) {
        this.lines = new String(header, ISO_8859_1).split("\n", -1);
        this.resource = resource;
        this.offset = lines[0].length() + 1;
    }

    /**
     * Checks a header.
     *
     * @param header from its version to its checksum, perhaps with more behind
     * @throws CorruptChangesetException if it is none
     */
    static void check(byte[] header, String resource) throws CorruptChangesetException {
        new HeaderGrammar(header, resource).check();
    }

    private void check() throws CorruptChangesetException {
        while (!line().startsWith(MAC)) {
            String[] words = line().split(" ", -1);
            if (!line().startsWith(STANZA) || !line().matches("->( [!-~]+)+")) {
                throw corrupt("a stanza of an age header");
            }
            boolean x25519 = words[1].equals(X25519);
            if (x25519 && (words.length != 3 || bytes(words[2]) != KEY_BYTES)) {
                throw corrupt("the share of an X25519 stanza, 32 bytes in base64");
            }
            advance();
            int body = body();
            if (x25519 && body != KEY_BYTES) {
                throw corrupt("the body of an X25519 stanza, 32 bytes in base64");
            }
        }
        if (bytes(line().substring(MAC.length())) != KEY_BYTES) {
            throw corrupt("the checksum of an age header, 32 bytes in base64");
        }
    }

    /** Goes past the body of a stanza. Returns its length in bytes. */
    private int body() throws CorruptChangesetException {
        int length = 0;
        boolean last = false;
        while (!last) {
            last = line().length() < LINE;
            int bytes = bytes(line());
            if (bytes < 0 || line().length() > LINE) {
                throw corrupt("the body of a stanza of an age header, in base64");
            }
            length += bytes;
            advance();
        }
        return length;
    }

    private String line() {
        return lines[next];
    }

    private void advance() throws CorruptChangesetException {
        offset += line().length() + 1;
        next++;
        if (next >= lines.length) {
            throw new CorruptChangesetException(resource, offset, "the checksum of an age header", "its end");
        }
    }

    /** How many bytes a text is in canonical base64 without padding; -1 if it is not. */
    private static int bytes(String text) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            return Base64.getEncoder().withoutPadding().encodeToString(bytes).equals(text) ? bytes.length : -1;
        } catch (IllegalArgumentException e) {
            return -1;
        }
    }

    private CorruptChangesetException corrupt(String expected) {
        return new CorruptChangesetException(resource, offset, expected, "something else: its header was changed");
    }
}
