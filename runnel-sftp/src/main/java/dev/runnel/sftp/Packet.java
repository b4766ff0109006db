package dev.runnel.sftp;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A packet that a server sent. Each method reads it as one kind of reply, once; where it is a refusal instead, they throw
 * {@link SftpStatusException}. Source: draft-ietf-secsh-filexfer-02, section 7.
 */
final class Packet {

    static final int VERSION = 2;
    private static final int STATUS = 101;
    private static final int HANDLE = 102;
    private static final int DATA = 103;
    private static final int NAME = 104;
    private static final int ATTRS = 105;
    private static final int EXTENDED_REPLY = 201;

    private static final int HAS_SIZE = 1;
    private static final int HAS_OWNER = 2;
    private static final int HAS_MODE = 4;
    private static final int HAS_TIMES = 8;
    private static final int HAS_EXTENSIONS = 0x8000_0000;

    /** A name in a directory, with what the server tells of the file. */
    record Name(String name, Attributes attributes) {}

    private final int type;
    private final int id;
    private final ByteBuffer content;

    /** @param content the packet without its length */
    Packet(ByteBuffer content) throws IOException {
        try {
            this.type = content.get() & 0xff;
            this.id = type == VERSION ? 0 : content.getInt();
        } catch (BufferUnderflowException e) {
            throw new IOException("the server sent a packet that is too short", e);
        }
        this.content = content;
    }

    int type() {
        return type;
    }

    /** The number of the request that this replies to. */
    int id() {
        return id;
    }

    /** Names and values of the extensions that the server has. */
    Map<String, String> extensions() throws IOException {
        return read(VERSION, () -> {
            content.getInt();
            Map<String, String> extensions = new HashMap<>();
            while (content.hasRemaining()) {
                extensions.put(string(), string());
            }
            return extensions;
        });
    }

    /** Passes if the request succeeded. */
    void success() throws IOException {
        if (type != STATUS) {
            throw unexpected();
        }
        SftpStatusException refusal = refusal();
        if (refusal.code() != SftpStatusException.OK) {
            throw refusal;
        }
    }

    byte[] handle() throws IOException {
        return read(HANDLE, this::bytes);
    }

    Attributes attributes() throws IOException {
        return read(ATTRS, this::nextAttributes);
    }

    /** Bytes of a file; null behind its end. */
    byte @Nullable [] data() throws IOException {
        try {
            return read(DATA, this::bytes);
        } catch (SftpStatusException e) {
            if (e.code() == SftpStatusException.END_OF_FILE) {
                return null;
            }
            throw e;
        }
    }

    /** Names in a directory; none at its end. */
    List<Name> names() throws IOException {
        try {
            return read(NAME, () -> {
                int count = content.getInt();
                List<Name> names = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    String name = string();
                    bytes(); // the line of `ls -l`
                    names.add(new Name(name, nextAttributes()));
                }
                return names;
            });
        } catch (SftpStatusException e) {
            if (e.code() == SftpStatusException.END_OF_FILE) {
                return List.of();
            }
            throw e;
        }
    }

    /** Bytes that an unprivileged user can still write to a file system, from the reply to {@code statvfs}. */
    long freeBytes() throws IOException {
        return read(EXTENDED_REPLY, () -> {
            content.getLong();
            long fragment = content.getLong();
            content.getLong();
            content.getLong();
            return content.getLong() * fragment;
        });
    }

    private interface Reader<T> {
        T read() throws IOException;
    }

    private <T> T read(int expected, Reader<T> reader) throws IOException {
        if (type == STATUS) {
            throw refusal();
        }
        if (type != expected) {
            throw unexpected();
        }
        try {
            return reader.read();
        } catch (BufferUnderflowException e) {
            throw new IOException("the server sent a packet of type " + type + " that is too short", e);
        }
    }

    private SftpStatusException refusal() throws IOException {
        try {
            int code = content.getInt();
            return new SftpStatusException(code, content.hasRemaining() ? string() : "");
        } catch (BufferUnderflowException e) {
            throw new IOException("the server sent a status that is too short", e);
        }
    }

    private IOException unexpected() {
        return new IOException("the server sent a packet of type " + type + ", which is no reply to the request");
    }

    private Attributes nextAttributes() throws IOException {
        int flags = content.getInt();
        long size = (flags & HAS_SIZE) != 0 ? content.getLong() : -1;
        if ((flags & HAS_OWNER) != 0) {
            content.getLong();
        }
        int mode = (flags & HAS_MODE) != 0 ? content.getInt() : 0;
        long modified = 0;
        if ((flags & HAS_TIMES) != 0) {
            content.getInt();
            modified = content.getInt() & 0xffff_ffffL;
        }
        if ((flags & HAS_EXTENSIONS) != 0) {
            for (int rest = content.getInt(); rest > 0; rest--) {
                bytes();
                bytes();
            }
        }
        return new Attributes(size, mode, modified);
    }

    private String string() throws IOException {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    private byte[] bytes() throws IOException {
        int length = content.getInt();
        if (length < 0 || length > content.remaining()) {
            throw new IOException("the server sent a packet of type " + type + " with a length of " + length + " where "
                    + content.remaining() + " bytes are left");
        }
        byte[] bytes = new byte[length];
        content.get(bytes);
        return bytes;
    }
}
