package dev.runnel.testkit.world;

import dev.runnel.ltx.PageChecksums;
import dev.runnel.model.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;

/**
 * All pages of a database.
 *
 * @param pageSize page size in bytes
 * @param bytes pages one after another
 */
@SuppressWarnings("ArrayRecordComponent")
record Image(int pageSize, byte[] bytes) {

    private static final int FIRST_TRUNK_FIELD = 32;

    /** Reads a database file. Never that of a live database, whose locks would be lost. */
    static Image read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < 100) {
            return new Image(512, bytes);
        }
        return new Image(
                PageSize.ofField(ByteBuffer.wrap(bytes).getShort(16) & 0xffff).bytes(), bytes);
    }

    int pages() {
        return bytes.length / pageSize;
    }

    /** Checksum as LTX files record it, computed from scratch. */
    long checksum() {
        long sum = 0;
        int lockPage = new PageSize(pageSize).lockPage();
        for (int page = 1; page <= pages(); page++) {
            if (page != lockPage) {
                sum ^= PageChecksums.of(page, bytes, (page - 1) * pageSize, pageSize);
            }
        }
        return sum | PageChecksums.FLAG;
    }

    /** What differs from another image in words; empty if nothing does. */
    String differences(Image other) {
        if (pageSize != other.pageSize) {
            return "page size " + pageSize + " against " + other.pageSize;
        }
        if (Arrays.equals(bytes, other.bytes)) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        if (bytes.length != other.bytes.length) {
            text.append(pages()).append(" pages against ").append(other.pages()).append("; ");
        }
        BitSet free = freeLeaves();
        BitSet otherFree = other.freeLeaves();
        for (int page = 1; page <= Math.min(pages(), other.pages()); page++) {
            int from = (page - 1) * pageSize;
            int at = Arrays.mismatch(bytes, from, from + pageSize, other.bytes, from, from + pageSize);
            if (at >= 0) {
                text.append("page ").append(page).append(" from byte ").append(at);
                if (free.get(page) && otherFree.get(page)) {
                    text.append(" (a free leaf)");
                }
                text.append("; ");
            }
        }
        return text.toString();
    }

    /** Whether an image differs from another one in nothing but leaves of the list of free pages. */
    boolean sameButFreeLeaves(Image other) {
        if (pageSize != other.pageSize || bytes.length != other.bytes.length) {
            return false;
        }
        BitSet free = freeLeaves();
        free.and(other.freeLeaves());
        for (int page = 1; page <= pages(); page++) {
            int from = (page - 1) * pageSize;
            if (!free.get(page) && !Arrays.equals(bytes, from, from + pageSize, other.bytes, from, from + pageSize)) {
                return false;
            }
        }
        return true;
    }

    /** Leaves of the list of free pages: SQLite keeps no content in them. Source: SQLite's file format. */
    BitSet freeLeaves() {
        BitSet leaves = new BitSet();
        ByteBuffer database = ByteBuffer.wrap(bytes);
        int trunk = bytes.length < 100 ? 0 : database.getInt(FIRST_TRUNK_FIELD);
        for (int hops = 0; trunk > 0 && trunk <= pages() && hops <= pages(); hops++) {
            int at = (trunk - 1) * pageSize;
            int count = Math.min(database.getInt(at + 4), pageSize / 4 - 2);
            for (int i = 0; i < count; i++) {
                leaves.set(Math.max(0, database.getInt(at + 8 + 4 * i)));
            }
            trunk = database.getInt(at);
        }
        return leaves;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Image image && pageSize == image.pageSize && Arrays.equals(bytes, image.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return pages() + " pages of " + pageSize + " bytes";
    }
}
