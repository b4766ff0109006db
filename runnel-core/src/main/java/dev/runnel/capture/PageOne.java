package dev.runnel.capture;

import dev.runnel.ltx.PageChecksums;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What page 1 tells of the descent of a database. Who writes page 1 sets its change counter to one more than it was when it
 * read the page. So of two images of one database the later has no lower count; but it may have the same one: in WAL mode a
 * connection that nobody disturbs does not read the page again, and writes one count over and over. Then the schema cookie tells more: {@code VACUUM}
 * raises it, and leaves the tables as they are (<a href="https://www.sqlite.org/fileformat2.html">file format</a>, 1.3.9).
 *
 * @param changeCounter commits that wrote page 1, unsigned 32 bits
 * @param schemaCookie changes of the schema, unsigned 32 bits
 * @param applicationId as the application set it, 0 where it did not
 * @param tables names of the application's tables; null where the schema does not fit in page 1
 * @param checksum of the page
 */
public record PageOne(
        long changeCounter,
        long schemaCookie,
        int applicationId,
        @Nullable Set<String> tables,
        long checksum) {

    private static final int COUNTER = 24;
    private static final int SCHEMA_COOKIE = 40;
    private static final int APPLICATION_ID = 68;
    private static final int FEW_CHANGES = 50;
    private static final int BTREE = 100;
    private static final int LEAF = 13;
    private static final int CELLS = BTREE + 3;
    private static final int CELL_POINTERS = BTREE + 8;

    /** How a database descends from another one. */
    public enum Descent {
        /** It can be a later state of it. */
        SUCCESSOR,
        /** It is an earlier state of it, or went another way since. */
        OLDER,
        /** It has the tables, and as many commits were counted: a later state, an earlier one, or another way. */
        EQUAL_COUNT,
        /** It has other tables. */
        FOREIGN,
        /** Page 1 does not tell. */
        UNKNOWN
    }

    public PageOne {
        tables = tables == null ? null : Set.copyOf(tables);
    }

    /** Reads page 1 of a database, as long as a page. */
    public static PageOne of(byte[] page) {
        ByteBuffer bytes = ByteBuffer.wrap(page);
        return new PageOne(
                bytes.getInt(COUNTER) & 0xffffffffL,
                bytes.getInt(SCHEMA_COOKIE) & 0xffffffffL,
                bytes.getInt(APPLICATION_ID),
                tablesOf(page),
                PageChecksums.of(1, page, 0, page.length));
    }

    /** Whether the database is known to have no tables. */
    public boolean hasNoTables() {
        return tables != null && tables.isEmpty();
    }

    /** Whether no more was done to the schema since {@code before} than between two looks, or two starts. */
    public boolean isNear(PageOne before) {
        long changes = schemaCookie - before.schemaCookie;
        return changes >= 0 && changes <= FEW_CHANGES;
    }

    /** How this one descends from {@code before}. */
    public Descent descentFrom(PageOne before) {
        if (checksum == before.checksum) {
            return Descent.SUCCESSOR;
        }
        if (before.applicationId != 0 && before.applicationId != applicationId) {
            return Descent.FOREIGN;
        }
        Set<String> ours = tables;
        Set<String> theirs = before.tables;
        if (ours != null && theirs != null && !theirs.isEmpty()) {
            long shared = ours.stream().filter(theirs::contains).count();
            if (2 * shared < Math.min(ours.size(), theirs.size()) || shared == 0) {
                return Descent.FOREIGN;
            }
        }
        if (changeCounter < before.changeCounter) {
            return Descent.OLDER;
        }
        if (ours == null || theirs == null) {
            return Descent.UNKNOWN;
        }
        boolean vacuumed = schemaCookie > before.schemaCookie && ours.equals(theirs);
        return changeCounter > before.changeCounter || vacuumed ? Descent.SUCCESSOR : Descent.EQUAL_COUNT;
    }

    /** Names of the tables, of which the schema in page 1 tells if it fits there. */
    private static @Nullable Set<String> tablesOf(byte[] page) {
        if (page[BTREE] != LEAF) {
            return null;
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(page);
            Set<String> names = new HashSet<>();
            int cells = bytes.getShort(CELLS) & 0xffff;
            for (int cell = 0; cell < cells; cell++) {
                bytes.position(bytes.getShort(CELL_POINTERS + 2 * cell) & 0xffff);
                addTable(bytes, names);
            }
            return names;
        } catch (IndexOutOfBoundsException | IllegalArgumentException | java.nio.BufferUnderflowException e) {
            return null; // damaged, as SQLite would say as well
        }
    }

    /** One row of the schema: type, name, … The names come first, and so stand in the page itself. */
    private static void addTable(ByteBuffer bytes, Set<String> names) {
        varint(bytes); // length of the payload
        varint(bytes); // row ID
        int start = bytes.position();
        long headerSize = varint(bytes);
        int typeLength = textLength(varint(bytes));
        int nameLength = textLength(varint(bytes));
        bytes.position(start + Math.toIntExact(headerSize));
        String type = text(bytes, typeLength);
        String name = text(bytes, nameLength);
        if (type.equals("table") && !name.startsWith("sqlite_")) {
            names.add(name);
        }
    }

    /** Strings are compared only, so that the encoding of the database does not matter. */
    private static String text(ByteBuffer bytes, int length) {
        byte[] text = new byte[length];
        bytes.get(text);
        return new String(text, StandardCharsets.ISO_8859_1).replace("\0", "");
    }

    private static int textLength(long serialType) {
        if (serialType < 13 || serialType > 100_000) {
            throw new IllegalArgumentException("no text");
        }
        return (int) (serialType - 13) / 2;
    }

    private static long varint(ByteBuffer bytes) {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            byte next = bytes.get();
            value = (value << 7) | (next & 0x7f);
            if (next >= 0) {
                return value;
            }
        }
        return (value << 8) | (bytes.get() & 0xff);
    }
}
