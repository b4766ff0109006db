package dev.runnel.sftp;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The requests of SFTP version 3, the one that OpenSSH and nearly everybody speaks, with the extensions of OpenSSH that
 * are of use here. Each method sends its request and returns at once; a server carries requests out in the order in
 * which they come, so that a caller need not wait for one before it sends the next. Source: draft-ietf-secsh-filexfer-02,
 * and the file PROTOCOL of OpenSSH.
 */
final class SftpClient implements Closeable {

    /** Longest piece of a file in one request that every server takes. */
    static final int DATA_BYTES_MAX = 32 * 1024;

    static final int READ = 0x01;
    /** For a new file: it fails if there is one of that name. */
    static final int CREATE_NEW = 0x02 | 0x08 | 0x20;

    private static final int TYPE_OPEN = 3;
    private static final int TYPE_CLOSE = 4;
    private static final int TYPE_READ = 5;
    private static final int TYPE_WRITE = 6;
    private static final int TYPE_FSTAT = 8;
    private static final int TYPE_FSETSTAT = 10;
    private static final int TYPE_OPENDIR = 11;
    private static final int TYPE_READDIR = 12;
    private static final int TYPE_REMOVE = 13;
    private static final int TYPE_MKDIR = 14;
    private static final int TYPE_REALPATH = 16;
    private static final int TYPE_STAT = 17;
    private static final int TYPE_RENAME = 18;
    private static final int TYPE_EXTENDED = 200;

    private static final int NO_ATTRIBUTES = 0;
    private static final int ATTRIBUTES_TIMES = 8;

    private static final String FSYNC = "fsync@openssh.com";
    private static final String POSIX_RENAME = "posix-rename@openssh.com";
    private static final String HARD_LINK = "hardlink@openssh.com";
    private static final String STATVFS = "statvfs@openssh.com";

    private final SftpConnection connection;
    private final Map<String, String> extensions;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param connection acquired; it is released by {@link #close} */
    SftpClient(SftpConnection connection, Map<String, String> extensions) {
        this.connection = connection;
        this.extensions = extensions;
    }

    boolean canSync() {
        return extensions.containsKey(FSYNC);
    }

    /** Whether {@link #replace} works; otherwise there is {@link #rename} alone, which does not overwrite. */
    boolean canReplace() {
        return extensions.containsKey(POSIX_RENAME);
    }

    /** Whether the server knows {@link #link}; whether its file system does is another question. */
    boolean canLink() {
        return extensions.containsKey(HARD_LINK);
    }

    boolean canTellFreeBytes() {
        return extensions.containsKey(STATVFS);
    }

    /** Replies with a handle. */
    Pending open(String path, int flags) throws ConnectionLostException {
        return submit(
                TYPE_OPEN,
                path.length() + 32,
                packet -> packet.put(path).put(flags).put(NO_ATTRIBUTES));
    }

    /** Replies with data, possibly with fewer bytes. */
    Pending read(byte[] handle, long offset, int length) throws ConnectionLostException {
        return submit(
                TYPE_READ,
                64,
                packet -> packet.put(handle, handle.length).put(offset).put(length));
    }

    Pending write(byte[] handle, long offset, byte[] data, int length) throws ConnectionLostException {
        return submit(
                TYPE_WRITE,
                64 + length,
                packet -> packet.put(handle, handle.length).put(offset).put(data, length));
    }

    /** Replies with attributes. */
    Pending attributes(byte[] handle) throws ConnectionLostException {
        return submit(TYPE_FSTAT, 64, packet -> packet.put(handle, handle.length));
    }

    /** Replies with attributes; follows links. */
    Pending attributes(String path) throws ConnectionLostException {
        return submit(TYPE_STAT, path.length() + 16, packet -> packet.put(path));
    }

    /** @param seconds since 1970, at most {@link Attributes#MODIFIED_MAX} */
    Pending setModified(byte[] handle, long seconds) throws ConnectionLostException {
        return submit(
                TYPE_FSETSTAT,
                64,
                packet -> packet.put(handle, handle.length)
                        .put(ATTRIBUTES_TIMES)
                        .put((int) seconds)
                        .put((int) seconds));
    }

    /** Forces a file to the disk; only where {@link #canSync}. */
    Pending sync(byte[] handle) throws ConnectionLostException {
        return submit(TYPE_EXTENDED, 96, packet -> packet.put(FSYNC).put(handle, handle.length));
    }

    Pending close(byte[] handle) throws ConnectionLostException {
        return submit(TYPE_CLOSE, 64, packet -> packet.put(handle, handle.length));
    }

    /** Closes a handle of which nobody needs to know how that went. */
    void abandon(byte[] handle) {
        try {
            Pending unused = close(handle);
        } catch (ConnectionLostException e) {
            // with the connection, the server closes its handles
        }
    }

    /** Replies with a handle. */
    Pending openDirectory(String path) throws ConnectionLostException {
        return submit(TYPE_OPENDIR, path.length() + 16, packet -> packet.put(path));
    }

    /** Replies with names. */
    Pending readDirectory(byte[] handle) throws ConnectionLostException {
        return submit(TYPE_READDIR, 64, packet -> packet.put(handle, handle.length));
    }

    Pending makeDirectory(String path) throws ConnectionLostException {
        return submit(TYPE_MKDIR, path.length() + 16, packet -> packet.put(path).put(NO_ATTRIBUTES));
    }

    Pending remove(String path) throws ConnectionLostException {
        return submit(TYPE_REMOVE, path.length() + 16, packet -> packet.put(path));
    }

    /** Replies with one name: the path without links. */
    Pending realPath(String path) throws ConnectionLostException {
        return submit(TYPE_REALPATH, path.length() + 16, packet -> packet.put(path));
    }

    /** Gives a file another name, as version 3 has it: it must not be taken. */
    Pending rename(String from, String to) throws ConnectionLostException {
        return submit(
                TYPE_RENAME,
                from.length() + to.length() + 16,
                packet -> packet.put(from).put(to));
    }

    /** Gives a file another name in one step, also over another file; only where {@link #canReplace}. */
    Pending replace(String from, String to) throws ConnectionLostException {
        return submit(
                TYPE_EXTENDED,
                from.length() + to.length() + 64,
                packet -> packet.put(POSIX_RENAME).put(from).put(to));
    }

    /** Gives a file a second name, which must not be taken; only where {@link #canLink}. */
    Pending link(String existing, String name) throws ConnectionLostException {
        return submit(
                TYPE_EXTENDED,
                existing.length() + name.length() + 64,
                packet -> packet.put(HARD_LINK).put(existing).put(name));
    }

    /** Replies with free bytes; only where {@link #canTellFreeBytes}. */
    Pending freeBytes(String path) throws ConnectionLostException {
        return submit(
                TYPE_EXTENDED, path.length() + 64, packet -> packet.put(STATVFS).put(path));
    }

    /** Gives the connection back. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            connection.release();
        }
    }

    private interface Arguments {
        PacketWriter putInto(PacketWriter packet);
    }

    private Pending submit(int type, int room, Arguments arguments) throws ConnectionLostException {
        return connection.submit(id -> encode(type, id, room, arguments));
    }

    private static ByteBuffer encode(int type, int id, int room, Arguments arguments) {
        return arguments.putInto(new PacketWriter(type, id, room)).finish();
    }
}
