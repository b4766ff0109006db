package dev.runnel.ltx;

import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Header of an LTX file, 100 bytes. Always valid: the constructor enforces the rules that Litestream enforces.
 *
 * <p>A file is a snapshot exactly if its first TXID is 1.
 *
 * @param flags 0 (with checksums) or {@link #NO_CHECKSUM}
 * @param pageSize page size of the database
 * @param commit size of the database in pages after the file is applied, 0 or more
 * @param txIds transactions that the file carries
 * @param timestampMillis time of writing, milliseconds since the epoch
 * @param preApply database checksum before the file, bit 63 set; 0 for a snapshot and with {@link #NO_CHECKSUM}
 * @param walOffset where in the WAL the file was taken from, in bytes; 0 if not from a WAL
 * @param walSize how many bytes of the WAL were covered; 0 if {@code walOffset} is
 * @param walSalt1 first salt of the WAL header; 0 if {@code walOffset} is
 * @param walSalt2 second salt of the WAL header; 0 if {@code walOffset} is
 * @param nodeId 0 in files of Litestream
 * @param proof database checksums before and after that Litestream ignores; null if the header carries none
 */
public record LtxHeader(
        int flags,
        PageSize pageSize,
        int commit,
        TxRange txIds,
        long timestampMillis,
        long preApply,
        long walOffset,
        long walSize,
        int walSalt1,
        int walSalt2,
        long nodeId,
        @Nullable Proof proof) {

    /** Length of the header in bytes. */
    public static final int SIZE = 100;
    /** Flag: the file carries no database checksums of its own. Litestream reads no other files. */
    public static final int NO_CHECKSUM = 0x2;

    static final int MAGIC = 0x4c54_5831; // "LTX1"
    static final int AT_FLAGS = 4;
    static final int AT_PAGE_SIZE = 8;
    static final int AT_COMMIT = 12;
    static final int AT_MIN_TXID = 16;
    static final int AT_MAX_TXID = 24;
    static final int AT_TIMESTAMP = 32;
    static final int AT_PRE_APPLY = 40;
    static final int AT_WAL_OFFSET = 48;
    static final int AT_WAL_SIZE = 56;
    static final int AT_WAL_SALT_1 = 64;
    static final int AT_WAL_SALT_2 = 68;
    static final int AT_NODE_ID = 72;
    static final int AT_PROOF = 80;
    private static final int AT_PROOF_PRE = 84;
    private static final int AT_PROOF_POST = 92;
    private static final int PRE_RELEASE_LZ4 = 0x1;

    /** @throws IllegalArgumentException if a field, or one field in the light of another, is invalid */
    public LtxHeader {
        Violation violation = violation(
                new Fields(flags, commit, txIds.min().value(), preApply, walOffset, walSize, walSalt1, walSalt2));
        if (violation != null) {
            throw new IllegalArgumentException(
                    "LTX header: expected " + violation.expected() + ", got " + violation.actual());
        }
    }

    /** Header of a file without checksums, WAL position and proof, as compaction writes it. */
    public static LtxHeader of(PageSize pageSize, int commit, TxRange txIds, long timestampMillis) {
        return new LtxHeader(NO_CHECKSUM, pageSize, commit, txIds, timestampMillis, 0, 0, 0, 0, 0, 0, null);
    }

    /** This header with another position in the WAL: offset and size in bytes, and the salts. */
    public LtxHeader withWal(long offset, long size, int salt1, int salt2) {
        return new LtxHeader(
                flags, pageSize, commit, txIds, timestampMillis, preApply, offset, size, salt1, salt2, nodeId, proof);
    }

    /** This header with another proof, or without. */
    public LtxHeader withProof(@Nullable Proof newProof) {
        return new LtxHeader(
                flags,
                pageSize,
                commit,
                txIds,
                timestampMillis,
                preApply,
                walOffset,
                walSize,
                walSalt1,
                walSalt2,
                nodeId,
                newProof);
    }

    /** This header for a file that carries checksums; {@code newPreApply} is 0 for a snapshot. */
    public LtxHeader withChecksums(long newPreApply) {
        return new LtxHeader(
                0,
                pageSize,
                commit,
                txIds,
                timestampMillis,
                newPreApply,
                walOffset,
                walSize,
                walSalt1,
                walSalt2,
                nodeId,
                proof);
    }

    /** Whether the file starts at the first transaction and so holds every page. */
    public boolean isSnapshot() {
        return txIds.min().isFirst();
    }

    /** Whether the file carries database checksums of its own (which files of Litestream never do). */
    public boolean hasChecksums() {
        return (flags & NO_CHECKSUM) == 0;
    }

    /** Time of writing. */
    public Instant timestamp() {
        return Instant.ofEpochMilli(timestampMillis);
    }

    /** Number of the last page that a file can hold: {@link #commit}, or the page before if that is the lock page. */
    int lastPage() {
        return commit == pageSize.lockPage() ? commit - 1 : commit;
    }

    /** The header as {@value #SIZE} bytes. Reserved bytes other than the proof are 0. */
    public byte[] encode() {
        byte[] b = new byte[SIZE];
        Bytes.putInt(b, 0, MAGIC);
        Bytes.putInt(b, AT_FLAGS, flags);
        Bytes.putInt(b, AT_PAGE_SIZE, pageSize.bytes());
        Bytes.putInt(b, AT_COMMIT, commit);
        Bytes.putLong(b, AT_MIN_TXID, txIds.min().value());
        Bytes.putLong(b, AT_MAX_TXID, txIds.max().value());
        Bytes.putLong(b, AT_TIMESTAMP, timestampMillis);
        Bytes.putLong(b, AT_PRE_APPLY, preApply);
        Bytes.putLong(b, AT_WAL_OFFSET, walOffset);
        Bytes.putLong(b, AT_WAL_SIZE, walSize);
        Bytes.putInt(b, AT_WAL_SALT_1, walSalt1);
        Bytes.putInt(b, AT_WAL_SALT_2, walSalt2);
        Bytes.putLong(b, AT_NODE_ID, nodeId);
        if (proof != null) {
            Bytes.putInt(b, AT_PROOF, Proof.MAGIC);
            Bytes.putLong(b, AT_PROOF_PRE, proof.preApply());
            Bytes.putLong(b, AT_PROOF_POST, proof.postApply());
        }
        return b;
    }

    /**
     * Decodes the header that {@code bytes} begins with; what follows it is ignored. Unknown content of the reserved bytes
     * is ignored, too.
     *
     * @param resource name of the file, for messages
     * @throws CorruptChangesetException if this is no LTX header or not a valid one
     * @throws UnsupportedFormatVersionException if its flags are those of a pre-release or unknown
     * @throws EncryptedChangesetException if it is encrypted
     */
    public static LtxHeader decode(byte[] bytes, String resource)
            throws CorruptChangesetException, UnsupportedFormatVersionException, EncryptedChangesetException {
        if (bytes.length < SIZE) {
            throw CorruptChangesetException.truncated(resource, bytes.length, "a header of " + SIZE + " bytes");
        }
        if (Bytes.getInt(bytes, 0) != MAGIC) {
            if (EncryptedChangesetException.isEncrypted(bytes)) {
                throw new EncryptedChangesetException(resource);
            }
            throw new CorruptChangesetException(
                    resource, 0, "the magic 4c545831 (\"LTX1\")", String.format("%08x", Bytes.getInt(bytes, 0)));
        }
        int flags = Bytes.getInt(bytes, AT_FLAGS);
        if ((flags & ~NO_CHECKSUM) != 0) {
            throw new UnsupportedFormatVersionException(
                    resource,
                    "header flags " + String.format("%08x", flags)
                            + ((flags & ~NO_CHECKSUM) == PRE_RELEASE_LZ4
                                    ? " (pre-release of Litestream 0.5); restore it with the release that wrote it"
                                    : " (unknown, or a damaged header)"));
        }
        int pageSize = Bytes.getInt(bytes, AT_PAGE_SIZE);
        if (!PageSize.isValid(pageSize)) {
            throw new CorruptChangesetException(
                    resource,
                    AT_PAGE_SIZE,
                    "a page size that is a power of two from 512 to 65536",
                    Integer.toUnsignedString(pageSize));
        }
        TxRange txIds = decodeTxIds(bytes, resource);
        Fields fields = new Fields(
                flags,
                Bytes.getInt(bytes, AT_COMMIT),
                txIds.min().value(),
                Bytes.getLong(bytes, AT_PRE_APPLY),
                Bytes.getLong(bytes, AT_WAL_OFFSET),
                Bytes.getLong(bytes, AT_WAL_SIZE),
                Bytes.getInt(bytes, AT_WAL_SALT_1),
                Bytes.getInt(bytes, AT_WAL_SALT_2));
        Violation violation = violation(fields);
        if (violation != null) {
            throw new CorruptChangesetException(resource, violation.offset(), violation.expected(), violation.actual());
        }
        return new LtxHeader(
                flags,
                new PageSize(pageSize),
                fields.commit(),
                txIds,
                Bytes.getLong(bytes, AT_TIMESTAMP),
                fields.preApply(),
                fields.walOffset(),
                fields.walSize(),
                fields.walSalt1(),
                fields.walSalt2(),
                Bytes.getLong(bytes, AT_NODE_ID),
                decodeProof(bytes, resource));
    }

    /**
     * {@link #decode(byte[], String)} of what remains in {@code buffer}, whose position is not changed.
     *
     * @throws CorruptChangesetException if this is no LTX header or not a valid one
     * @throws UnsupportedFormatVersionException if its flags are those of a pre-release or unknown
     * @throws EncryptedChangesetException if it is encrypted
     */
    public static LtxHeader decode(ByteBuffer buffer, String resource)
            throws CorruptChangesetException, UnsupportedFormatVersionException, EncryptedChangesetException {
        byte[] bytes = new byte[Math.min(SIZE, buffer.remaining())];
        buffer.duplicate().get(bytes);
        return decode(bytes, resource);
    }

    private static TxRange decodeTxIds(byte[] bytes, String resource) throws CorruptChangesetException {
        long min = Bytes.getLong(bytes, AT_MIN_TXID);
        long max = Bytes.getLong(bytes, AT_MAX_TXID);
        if (min < 1) {
            throw new CorruptChangesetException(resource, AT_MIN_TXID, "a TXID of at least 1", Proof.hex(min));
        }
        if (max < min) {
            throw new CorruptChangesetException(
                    resource, AT_MAX_TXID, "a TXID not before the first, " + Proof.hex(min), Proof.hex(max));
        }
        return new TxRange(new TxId(min), new TxId(max));
    }

    private static @Nullable Proof decodeProof(byte[] bytes, String resource) throws CorruptChangesetException {
        if (Bytes.getInt(bytes, AT_PROOF) != Proof.MAGIC) {
            return null;
        }
        long pre = Bytes.getLong(bytes, AT_PROOF_PRE);
        long post = Bytes.getLong(bytes, AT_PROOF_POST);
        if (!Proof.isValid(pre) || !Proof.isValid(post)) {
            throw new CorruptChangesetException(
                    resource,
                    AT_PROOF,
                    "a proof whose checksums are 0 or have bit 63 set",
                    Proof.hex(pre) + " and " + Proof.hex(post));
        }
        return new Proof(pre, post);
    }

    /** The fields between which there are rules. */
    private record Fields(
            int flags,
            int commit,
            long minTxId,
            long preApply,
            long walOffset,
            long walSize,
            int walSalt1,
            int walSalt2) {}

    private record Violation(int offset, String expected, String actual) {}

    private static @Nullable Violation violation(Fields f) {
        if ((f.flags & ~NO_CHECKSUM) != 0) {
            return new Violation(AT_FLAGS, "flags 0 or " + NO_CHECKSUM, String.format("%08x", f.flags));
        }
        if (f.commit < 0) {
            return new Violation(
                    AT_COMMIT,
                    "a database of at most " + Integer.MAX_VALUE + " pages",
                    Integer.toUnsignedString(f.commit));
        }
        if (f.walOffset < 0) {
            return new Violation(AT_WAL_OFFSET, "a WAL offset of at least 0", Long.toString(f.walOffset));
        }
        if (f.walSize < 0) {
            return new Violation(AT_WAL_SIZE, "a WAL size of at least 0", Long.toString(f.walSize));
        }
        if (f.walOffset == 0 && f.walSize != 0) {
            return new Violation(AT_WAL_SIZE, "WAL size 0 with WAL offset 0", Long.toString(f.walSize));
        }
        if (f.walOffset == 0 && (f.walSalt1 != 0 || f.walSalt2 != 0)) {
            return new Violation(
                    AT_WAL_SALT_1, "WAL salts 0 with WAL offset 0", String.format("%08x %08x", f.walSalt1, f.walSalt2));
        }
        boolean without = f.minTxId == 1 || (f.flags & NO_CHECKSUM) != 0;
        if (without && f.preApply != 0) {
            return new Violation(
                    AT_PRE_APPLY,
                    "pre-apply checksum 0 in a " + (f.minTxId == 1 ? "snapshot" : "file without checksums"),
                    Proof.hex(f.preApply));
        }
        if (!without && f.preApply >= 0) {
            return new Violation(AT_PRE_APPLY, "a pre-apply checksum with bit 63 set", Proof.hex(f.preApply));
        }
        return null;
    }
}
