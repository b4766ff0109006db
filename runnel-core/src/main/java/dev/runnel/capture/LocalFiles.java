package dev.runnel.capture;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writing of local files, of which a failure tells the file and the remedy: that of a write by itself says "No space left
 * on device" and no more.
 */
public final class LocalFiles {

    private LocalFiles() {}

    /**
     * Opens a file for writing, in place of one that is there. Not buffered.
     *
     * @param elsewhere what else helps than room, such as "name another state directory"
     */
    public static OutputStream create(Path file, String elsewhere) throws IOException {
        try {
            return new Named(Files.newOutputStream(file), file, elsewhere);
        } catch (IOException e) {
            throw cannotWrite(file, e, elsewhere);
        }
    }

    /**
     * Says of a failed write which file it was and what to do.
     *
     * @param elsewhere what else helps than room
     */
    public static IOException cannotWrite(Path file, IOException failure, String elsewhere) {
        String told = failure instanceof FileSystemException named ? named.getReason() : failure.getMessage();
        return new IOException(
                "cannot write " + file + " (" + (told == null ? failure : told) + "); make room there, or " + elsewhere,
                failure);
    }

    private static final class Named extends FilterOutputStream {

        private final Path file;
        private final String elsewhere;

        Named(OutputStream out, Path file, String elsewhere) {
            super(out);
            this.file = file;
            this.elsewhere = elsewhere;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                throw cannotWrite(file, e, elsewhere);
            }
        }
    }
}
