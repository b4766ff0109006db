package dev.runnel.testkit.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.storage.ObjectBody;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Bodies to store: random, uniform, and such that break their promise. */
public final class TestBodies {

    private TestBodies() {}

    static ObjectBody text(String text) {
        return ObjectBody.of(text.getBytes(UTF_8));
    }

    public static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** Opens the bytes of a body. */
    @FunctionalInterface
    public interface Source {
        InputStream open() throws IOException;
    }

    /** A body of a length, and of what {@code source} gives, which may be something else. */
    public static ObjectBody of(long length, Source source) {
        return new ObjectBody() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public InputStream open() throws IOException {
                return source.open();
            }
        };
    }

    /** A body that says one length and gives another. */
    public static ObjectBody lying(int length, int given) {
        return of(length, () -> new ByteArrayInputStream(bytes(given, 9)));
    }

    /** A body whose source fails near its end. */
    public static ObjectBody broken(int length) {
        return of(length, () -> new BrokenStream(length - 1));
    }

    private static final class BrokenStream extends InputStream {

        private int remaining;

        BrokenStream(int good) {
            this.remaining = good;
        }

        @Override
        public int read() throws IOException {
            return read(new byte[1], 0, 1);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (remaining == 0) {
                throw new IOException("the source broke");
            }
            int given = Math.min(length, remaining);
            remaining -= given;
            return given;
        }
    }
}
