package dev.runnel.sftp;

import dev.runnel.storage.SingleByte;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Bytes of a file from an offset on, a few pieces ahead of the reader: one at first, more the longer it reads, so that a
 * distant server is kept busy and one who stops early has not asked for much. Confined to one thread.
 */
final class SftpReadStream extends InputStream {

    private static final int AHEAD_MAX = 32;

    private record Piece(Pending reply, long offset, int length) {}

    private final SftpClient client;
    private final byte[] handle;
    private final long end;
    private final Deque<Piece> ahead = new ArrayDeque<>();
    private int aheadMax = 1;
    private long next;
    private byte[] current = new byte[0];
    private int position;
    private boolean closed;

    /** @param client closed with the stream, like {@code handle} */
    SftpReadStream(SftpClient client, byte[] handle, long offset, long length) throws IOException {
        this.client = client;
        this.handle = handle;
        this.next = offset;
        this.end = offset + length;
        ask();
    }

    @Override
    public int read() throws IOException {
        return SingleByte.of(this);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position == current.length && !fetch()) {
            return -1;
        }
        int given = Math.min(length, current.length - position);
        System.arraycopy(current, position, target, offset, given);
        position += given;
        return given;
    }

    /** Gets the next piece; false at the end of the file or of what was asked for. */
    private boolean fetch() throws IOException {
        Piece piece = ahead.poll();
        if (piece == null) {
            return false;
        }
        byte[] data = piece.reply().await().data();
        if (data == null || data.length == 0) {
            ahead.clear();
            next = end;
            return false;
        }
        if (data.length < piece.length()) {
            // A server may give less than asked for; what comes behind is on its way already.
            long offset = piece.offset() + data.length;
            int rest = piece.length() - data.length;
            ahead.addFirst(new Piece(client.read(handle, offset, rest), offset, rest));
        }
        aheadMax = Math.min(AHEAD_MAX, aheadMax * 2);
        ask();
        current = data;
        position = 0;
        return true;
    }

    private void ask() throws IOException {
        while (ahead.size() < aheadMax && next < end) {
            int length = (int) Math.min(SftpClient.DATA_BYTES_MAX, end - next);
            ahead.add(new Piece(client.read(handle, next, length), next, length));
            next += length;
        }
    }

    @Override
    public int available() {
        return current.length - position;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            client.abandon(handle);
            client.close();
        }
    }
}
