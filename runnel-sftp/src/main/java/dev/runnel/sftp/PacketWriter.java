package dev.runnel.sftp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Makes one packet: length, type, id, and what is put behind them. */
final class PacketWriter {

    private ByteBuffer buffer;

    /** @param type one of the {@code SSH_FXP_…} of the protocol */
    PacketWriter(int type, int id, int room) {
        buffer = ByteBuffer.allocate(9 + room);
        buffer.putInt(0).put((byte) type).putInt(id);
    }

    PacketWriter put(int value) {
        room(4).putInt(value);
        return this;
    }

    PacketWriter put(long value) {
        room(8).putLong(value);
        return this;
    }

    PacketWriter put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return put(bytes, bytes.length);
    }

    PacketWriter put(byte[] bytes, int length) {
        room(4 + length).putInt(length).put(bytes, 0, length);
        return this;
    }

    /** The packet, ready to be sent. */
    ByteBuffer finish() {
        buffer.putInt(0, buffer.position() - 4);
        return buffer.flip();
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(buffer.capacity() * 2, buffer.position() + bytes));
            larger.put(buffer.flip());
            buffer = larger;
        }
        return buffer;
    }
}
