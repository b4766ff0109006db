package dev.runnel.testkit.storage;

import dev.runnel.storage.SingleByte;
import dev.runnel.storage.TransientStorageException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body that is read wrong at one position. */
final class DamagedStream extends FilterInputStream {

    private final long at;
    private final int bit; // negative: the body ends at the position
    private final String key;
    private final Runnable onDamage;
    private long position;

    private DamagedStream(InputStream in, long at, int bit, String key, Runnable onDamage) {
        super(in);
        this.at = at;
        this.bit = bit;
        this.key = key;
        this.onDamage = onDamage;
    }

    static InputStream flipping(InputStream in, long at, int bit, Runnable onDamage) {
        return new DamagedStream(in, at, bit, "", onDamage);
    }

    static InputStream truncated(InputStream in, long at, String key, Runnable onDamage) {
        return new DamagedStream(in, at, -1, key, onDamage);
    }

    /** Other bytes, as many. */
    static InputStream wrong(InputStream in, String key) {
        return new FilterInputStream(in) {
            private byte next = (byte) key.hashCode();

            @Override
            public int read() throws IOException {
                return super.read() < 0 ? -1 : (next = (byte) (next + 7)) & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                int read = super.read(target, offset, length);
                for (int i = 0; i < read; i++) {
                    next = (byte) (next + 7);
                    target[offset + i] = next;
                }
                return read;
            }
        };
    }

    @Override
    public int read() throws IOException {
        return SingleByte.of(this);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int wanted = length;
        if (bit < 0 && length > 0) {
            if (position == at) {
                onDamage.run();
                throw new TransientStorageException(
                        "Object " + key + ": body ended after " + at + " bytes of the range (injected)");
            }
            wanted = (int) Math.min(length, at - position);
        }
        int read = super.read(target, offset, wanted);
        if (read > 0) {
            if (bit >= 0 && at >= position && at < position + read) {
                target[offset + (int) (at - position)] ^= (byte) (1 << bit);
                onDamage.run();
            }
            position += read;
        }
        return read;
    }

    @Override
    public long skip(long count) throws IOException {
        long skipped = 0;
        while (skipped < count && read() >= 0) {
            skipped++;
        }
        return skipped;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
