package dev.runnel.archive;

import dev.runnel.ltx.FrameCodec;
import dev.runnel.ltx.LtxEncoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.Proof;
import dev.runnel.model.Level;
import dev.runnel.model.PageSize;
import dev.runnel.model.TimeSource;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.storage.ObjectBody;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A model of a database and the files that a writer makes of it: random pages change, the database grows and shrinks, and
 * the image as of every transaction is remembered.
 */
public final class SampleReplica {

    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /** A clock that stands at {@link #START}. */
    public static final TimeSource FIXED_TIME = new TimeSource() {
        @Override
        public Instant now() {
            return START;
        }

        @Override
        public long nanoTime() {
            return 0;
        }
    };

    private final ReplicaArchive archive;
    private final PageSize pageSize;
    private final Random random;
    private final boolean proofs;
    private final FrameCodec codec;
    private final List<byte[]> pages = new ArrayList<>();
    private final TreeMap<TxId, byte[]> images = new TreeMap<>();
    private final TreeMap<TxId, Instant> times = new TreeMap<>();
    private long checksum;
    private Instant now = START;

    public SampleReplica(ReplicaArchive archive, int pageSize, Random random, boolean proofs) {
        this.archive = archive;
        this.pageSize = new PageSize(pageSize);
        this.random = random;
        this.proofs = proofs;
        this.codec = new FrameCodec(this.pageSize);
        this.checksum = Proof.EMPTY_DATABASE;
    }

    public Instant now() {
        return now;
    }

    public void pass(Duration time) {
        now = now.plus(time);
    }

    /** The database as of a transaction. */
    public byte[] image(TxId txId) {
        return Objects.requireNonNull(images.get(txId));
    }

    public TxId newest() {
        return images.lastKey();
    }

    /** Transaction and time of every cut. */
    public Map<TxId, Instant> times() {
        return times;
    }

    /** Changes some pages and cuts; the first cut is a snapshot in level 9, or a full file in level 0. */
    public LtxFile cut(int changes, Level firstLevel) throws IOException {
        long before = checksum;
        TreeSet<Integer> changed = new TreeSet<>();
        int oldSize = pages.size();
        int size = Math.max(1, oldSize == 0 ? changes : oldSize + (random.nextInt(4) == 0 ? random.nextInt(7) - 3 : 0));
        while (pages.size() > size) {
            pages.remove(pages.size() - 1);
        }
        while (pages.size() < size) {
            pages.add(newPage());
            changed.add(pages.size());
        }
        for (int i = 0; i < changes && oldSize > 0; i++) {
            int pgno = 1 + random.nextInt(size);
            pages.set(pgno - 1, newPage());
            changed.add(pgno);
        }
        TxId txId = images.isEmpty() ? TxId.FIRST : images.lastKey().next();
        checksum = databaseChecksum();
        remember(txId);
        Level level = txId.isFirst() ? firstLevel : Level.L0;
        return write(level, TxRange.single(txId), changed, txId.isFirst() ? Proof.EMPTY_DATABASE : before);
    }

    public LtxFile snapshot() throws IOException {
        TreeSet<Integer> all = new TreeSet<>();
        for (int pgno = 1; pgno <= pages.size(); pgno++) {
            all.add(pgno);
        }
        return write(Level.SNAPSHOT, new TxRange(TxId.FIRST, newest()), all, Proof.EMPTY_DATABASE);
    }

    private void remember(TxId txId) {
        byte[] image = new byte[pages.size() * pageSize.bytes()];
        for (int i = 0; i < pages.size(); i++) {
            System.arraycopy(pages.get(i), 0, image, i * pageSize.bytes(), pageSize.bytes());
        }
        images.put(txId, image);
        times.put(txId, now);
    }

    private long databaseChecksum() {
        long sum = 0;
        for (int i = 0; i < pages.size(); i++) {
            sum ^= PageChecksums.of(i + 1, pages.get(i), 0, pageSize.bytes());
        }
        return sum | PageChecksums.FLAG;
    }

    private LtxFile write(Level level, TxRange txIds, Set<Integer> pgnos, long preApply) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LtxHeader header = LtxHeader.of(pageSize, pages.size(), txIds, now.toEpochMilli());
        LtxEncoder encoder = new LtxEncoder(out, proofs ? header.withProof(new Proof(preApply, checksum)) : header);
        for (int pgno : pgnos) {
            encoder.write(codec.compress(pgno, pages.get(pgno - 1), 0));
        }
        encoder.finish();
        return archive.upload(level, txIds, ObjectBody.of(out.toByteArray()), now);
    }

    private byte[] newPage() {
        byte[] page = new byte[pageSize.bytes()];
        random.nextBytes(page);
        int from = random.nextInt(page.length);
        Arrays.fill(page, from, page.length, (byte) from);
        return page;
    }
}
