package dev.runnel.age;

import com.exceptionfactory.jagged.framework.crypto.CipherKey;
import com.exceptionfactory.jagged.framework.crypto.StandardByteBufferCipherFactory;
import dev.runnel.storage.ObjectBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;

/**
 * A body as an age file. Header and key are made once, so that every stream over it gives the same bytes: a store may send
 * them again, also parts of them.
 */
final class SealedBody implements ObjectBody {

    private final ObjectBody plain;
    private final Envelope envelope;
    private final long length;

    SealedBody(ObjectBody plain, Envelope envelope) {
        this.plain = plain;
        this.envelope = envelope;
        this.length = plain.length();
    }

    @Override
    public long length() {
        return envelope.header().length + Chunks.sealedLength(length);
    }

    @Override
    public InputStream open() throws IOException {
        return new Sealing(envelope, plain.open(), length);
    }

    /** Header and encrypted chunks. Passes over chunks without encrypting them, for an upload in parts skips to each. */
    private static final class Sealing extends InputStream {

        private final InputStream plain;
        private final CipherKey key;
        private final ByteBuffer chunk = ByteBuffer.allocate(Chunks.SEALED);
        private ByteBuffer ready;
        private long remaining;
        private long index;
        private boolean ended;

        Sealing(Envelope envelope, InputStream plain, long length) {
            this.plain = plain;
            this.remaining = length;
            this.key = envelope.key();
            this.ready = ByteBuffer.wrap(envelope.header());
        }

        @Override
        public int read() throws IOException {
            return fill() ? ready.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int offset, int count) throws IOException {
            if (count == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int given = Math.min(count, ready.remaining());
            ready.get(target, offset, given);
            return given;
        }

        @Override
        public long skip(long count) throws IOException {
            long left = count;
            while (left > 0) {
                if (!ready.hasRemaining() && left >= Chunks.SEALED && remaining > Chunks.PLAIN) {
                    plain.skipNBytes(Chunks.PLAIN);
                    remaining -= Chunks.PLAIN;
                    index++;
                    left -= Chunks.SEALED;
                } else if (fill()) {
                    int skipped = (int) Math.min(left, ready.remaining());
                    ready.position(ready.position() + skipped);
                    left -= skipped;
                } else {
                    break;
                }
            }
            return Math.max(0, count - left);
        }

        /** Sees to it that something is ready; false at the end. */
        private boolean fill() throws IOException {
            if (ready.hasRemaining()) {
                return true;
            }
            if (ended) {
                return false;
            }
            int wanted = (int) Math.min(Chunks.PLAIN, remaining);
            byte[] content = plain.readNBytes(wanted);
            remaining -= content.length;
            ended = remaining == 0;
            if (content.length < wanted || (ended && plain.read() >= 0)) {
                throw new IOException("the body is "
                        + (content.length < wanted ? remaining + " bytes shorter" : "longer") + " than it says");
            }
            try {
                chunk.clear();
                new StandardByteBufferCipherFactory()
                        .newByteBufferEncryptor(key, Chunks.nonce(index++, ended))
                        .encrypt(ByteBuffer.wrap(content), chunk);
                ready = chunk.flip();
            } catch (GeneralSecurityException e) {
                throw new IOException("cannot encrypt", e);
            }
            return true;
        }

        @Override
        public void close() throws IOException {
            plain.close();
        }
    }
}
