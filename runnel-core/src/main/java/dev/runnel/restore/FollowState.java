package dev.runnel.restore;

import dev.runnel.model.TxId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * What a followed copy stands at, kept beside it.
 *
 * <p>A followed copy is a database with a rollback journal, whatever its source is, and counts its changes for itself, so
 * that readers notice each. The bytes of the header that say so are therefore not those of the source; these are kept here,
 * because checksums speak of them.
 *
 * <p>{@code <file>-follow} holds up to two states, before and after the change that was begun last. The copy itself tells
 * by its change counter which of them it is in, so that both agree at every instant. {@code <file>-txid} has the transaction
 * for people, in Litestream's form.
 */
final class FollowState {

    private static final int HEADER = 100;
    private static final int FORMAT_AT = 18;
    private static final int COUNTER_AT = 24;
    private static final int VALID_FOR_AT = 92;
    private static final int SOURCE_BYTES = 10;

    private final Path file;
    private final Path txIdFile;

    /** @param database the copy */
    FollowState(Path database) {
        this.file = database.resolveSibling(database.getFileName() + "-follow");
        this.txIdFile = database.resolveSibling(database.getFileName() + "-txid");
    }

    /**
     * One state.
     *
     * @param counter change counter of the copy
     * @param txId the transaction it is at
     * @param source bytes of the source's header that are others in the copy
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Entry(int counter, TxId txId, byte[] source) {

        /** The state that follows when the source's first page becomes {@code page1}. */
        Entry next(TxId next, byte[] page1) {
            return new Entry(counter + 1, next, sourceBytes(page1));
        }

        /** The state that follows when the source's first page stays. */
        Entry next(TxId next) {
            return new Entry(counter + 1, next, source);
        }

        /** Gives {@code page1} of the copy the bytes that the source has. */
        void toSource(byte[] page1) {
            System.arraycopy(source, 0, page1, FORMAT_AT, 2);
            System.arraycopy(source, 2, page1, COUNTER_AT, 4);
            System.arraycopy(source, 6, page1, VALID_FOR_AT, 4);
        }

        /** Gives {@code page1} of the source the bytes that the copy has. */
        void toCopy(byte[] page1) {
            page1[FORMAT_AT] = 1;
            page1[FORMAT_AT + 1] = 1;
            ByteBuffer buffer = ByteBuffer.wrap(page1);
            boolean sizeCounts = Arrays.equals(source, 2, 6, source, 6, 10);
            buffer.putInt(COUNTER_AT, counter);
            buffer.putInt(VALID_FOR_AT, sizeCounts ? counter : counter - 1);
        }

        private String line() {
            return Integer.toUnsignedString(counter)
                    + ' '
                    + txId
                    + ' '
                    + HexFormat.of().formatHex(source)
                    + '\n';
        }
    }

    static int headerLength() {
        return HEADER;
    }

    /** Whether the header says what that of a followed copy does. */
    static boolean isCopy(byte[] page1) {
        return page1[FORMAT_AT] == 1 && page1[FORMAT_AT + 1] == 1;
    }

    static int counter(byte[] page1) {
        return ByteBuffer.wrap(page1).getInt(COUNTER_AT);
    }

    private static byte[] sourceBytes(byte[] page1) {
        byte[] bytes = new byte[SOURCE_BYTES];
        System.arraycopy(page1, FORMAT_AT, bytes, 0, 2);
        System.arraycopy(page1, COUNTER_AT, bytes, 2, 4);
        System.arraycopy(page1, VALID_FOR_AT, bytes, 6, 4);
        return bytes;
    }

    /** The first state of a copy. */
    static Entry first(TxId txId, byte[] page1) {
        return new Entry(1, txId, sourceBytes(page1));
    }

    /** Keeps states, durable when this returns. */
    void write(List<Entry> entries) throws IOException {
        StringBuilder text = new StringBuilder();
        entries.forEach(entry -> text.append(entry.line()));
        replace(file, text.toString(), true);
    }

    /** Tells people. */
    void writeTxId(TxId txId) throws IOException {
        replace(txIdFile, txId + "\n", false);
    }

    /** Whether people are told {@code txId}. */
    boolean tells(TxId txId) throws IOException {
        return Files.exists(txIdFile) && Files.readString(txIdFile).equals(txId + "\n");
    }

    /** Removes what is kept: there is no copy. */
    void delete() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(txIdFile);
    }

    /** Whether the copy was being followed. */
    boolean exists() {
        return Files.exists(file);
    }

    /**
     * The state of a copy whose first page is {@code page1}.
     *
     * @throws IOException if none fits: the copy was changed by somebody else
     */
    Entry read(byte[] page1) throws IOException {
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
                String[] words = line.split(" ");
                if (words.length == 3 && Integer.parseUnsignedInt(words[0]) == counter(page1) && isCopy(page1)) {
                    return new Entry(
                            counter(page1), TxId.parse(words[1]), HexFormat.of().parseHex(words[2]));
                }
            }
        } catch (NoSuchFileException e) {
            throw new CannotFollowException(
                    file + " is not there, so that nobody knows where to go on; restore anew with -force");
        } catch (IllegalArgumentException e) {
            throw new CannotFollowException(file + " is damaged; restore anew with -force");
        }
        throw new CannotFollowException(
                "the database that " + file + " speaks of was changed by somebody else; restore anew with -force");
    }

    private static void replace(Path target, String text, boolean durable) throws IOException {
        Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
        try {
            write(temporary, text, durable);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        if (durable) {
            Directories.sync(target);
        }
    }

    private static void write(Path temporary, String text, boolean durable) throws IOException {
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (durable) {
                channel.force(true);
            }
        }
    }
}
