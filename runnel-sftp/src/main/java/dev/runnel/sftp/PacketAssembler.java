package dev.runnel.sftp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Cuts what a server sends into packets, on the thread that receives it. */
final class PacketAssembler extends OutputStream {

    /** Longer than any reply to what is asked here: 32 KiB of data, or a hundred long names. */
    private static final int PACKET_BYTES_MAX = 1024 * 1024;

    /** What becomes of them. */
    interface Receiver {
        void received(Packet packet);

        /** Nothing comes any more. */
        void ended();
    }

    private final Receiver receiver;
    private final ByteBuffer length = ByteBuffer.allocate(4);
    private byte[] packet = new byte[0];
    private int filled;

    PacketAssembler(Receiver receiver) {
        this.receiver = receiver;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int count) throws IOException {
        int from = offset;
        int end = offset + count;
        while (from < end) {
            from += length.hasRemaining() ? begin(source, from, end) : fill(source, from, end);
        }
    }

    private int begin(byte[] source, int from, int end) throws IOException {
        int taken = Math.min(length.remaining(), end - from);
        length.put(source, from, taken);
        if (!length.hasRemaining()) {
            int bytes = length.getInt(0);
            if (bytes < 1 || bytes > PACKET_BYTES_MAX) {
                receiver.ended();
                throw new IOException("a packet of " + bytes + " bytes: this is not SFTP");
            }
            packet = new byte[bytes];
            filled = 0;
        }
        return taken;
    }

    private int fill(byte[] source, int from, int end) throws IOException {
        int taken = Math.min(packet.length - filled, end - from);
        System.arraycopy(source, from, packet, filled, taken);
        filled += taken;
        if (filled == packet.length) {
            length.clear();
            receiver.received(new Packet(ByteBuffer.wrap(packet)));
        }
        return taken;
    }

    @Override
    public void close() {
        receiver.ended();
    }
}
