package dev.runnel.verify;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.archive.SampleReplica;
import dev.runnel.compact.ChangesetSource;
import dev.runnel.compact.CompactionPlan;
import dev.runnel.compact.Compactor;
import dev.runnel.ltx.Crc64;
import dev.runnel.ltx.FrameCodec;
import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxEncoder;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.model.Level;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** A replica as an engine leaves it, in memory, with every way to damage it. */
final class DamagedReplica {

    final MemoryObjectStore store = new MemoryObjectStore(SampleReplica.FIXED_TIME);
    final ReplicaArchive archive = new ReplicaArchive(store, ReplicaLayout.s3("db"));
    final SampleReplica sample;

    private final Random random;

    private DamagedReplica(Random random, boolean proofs) {
        this.random = random;
        this.sample = new SampleReplica(archive, 512, random, proofs);
    }

    /**
     * Cuts, level 1 over all but the newest, level 2 over the first of these, snapshots; level 0 deleted where level 1 is
     * old.
     */
    static DamagedReplica history(Random random, boolean proofs, int cuts, Path spool) throws IOException {
        DamagedReplica replica = new DamagedReplica(random, proofs);
        replica.grow(cuts, true);
        replica.compact(spool);
        return replica;
    }

    /** More cuts, and perhaps snapshots between them. */
    void grow(int cuts, boolean snapshots) throws IOException {
        for (int i = 0; i < cuts; i++) {
            sample.pass(Duration.ofSeconds(1 + random.nextInt(3)));
            LtxFile file = sample.cut(3 + random.nextInt(12), Level.SNAPSHOT);
            if (snapshots && file.level().equals(Level.L0) && random.nextInt(7) == 0) {
                sample.snapshot();
            }
        }
    }

    private void compact(Path spool) throws IOException {
        Compactor compactor = new Compactor(archive, ChangesetSource.NONE, spool);
        mergeRuns(compactor, Level.L0, 3);
        mergeRuns(compactor, new Level(1), 2);
        List<LtxFile> merged = archive.manifest().files(new Level(1));
        if (merged.size() > 2) {
            long old = merged.get(merged.size() / 2).max().value();
            archive.delete(archive.manifest().files(Level.L0).stream()
                    .filter(file -> file.max().value() <= old)
                    .toList());
        }
    }

    private void mergeRuns(Compactor compactor, Level source, int run) throws IOException {
        List<LtxFile> files = archive.manifest().files(source);
        for (int from = 0; from + run < files.size(); from += run) {
            compactor.execute(new CompactionPlan(new Level(source.number() + 1), files.subList(from, from + run)));
        }
    }

    /** Keys of all LTX files. */
    List<String> keys() {
        return archive.manifest().all().map(archive.layout()::key).toList();
    }

    byte[] get(String key) throws IOException {
        try (InputStream in = store.open(key, 0, store.head(key).size())) {
            return in.readAllBytes();
        }
    }

    void put(String key, byte[] bytes) throws IOException {
        store.put(key, ObjectBody.of(bytes), PutCondition.any(), SampleReplica.START);
    }

    void flip(String key, int bit) throws IOException {
        byte[] bytes = get(key);
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
        put(key, bytes);
    }

    void flip(String key) throws IOException {
        flip(key, random.nextInt(8 * get(key).length));
    }

    void truncate(String key) throws IOException {
        byte[] bytes = get(key);
        put(key, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
    }

    void swap(String a, String b) throws IOException {
        byte[] first = get(a);
        put(a, get(b));
        put(b, first);
    }

    void delete(String key) throws IOException {
        store.delete(List.of(key));
    }

    /** Gives a file another byte in one page, with a header and a file checksum that are right for it. */
    void rewriteWithAnotherPage(String key) throws IOException {
        byte[] bytes = get(key);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<byte[]> pages = new ArrayList<>();
        byte[] header;
        try (LtxDecoder decoder = new LtxDecoder(new ByteArrayInputStream(bytes), key)) {
            header = decoder.header().encode();
            // The encoder would refuse a snapshot whose proof is wrong.
            LtxEncoder encoder = new LtxEncoder(out, decoder.header().withProof(null));
            FrameCodec codec = new FrameCodec(decoder.header().pageSize());
            while (decoder.next()) {
                byte[] page = decoder.page().clone();
                if (pages.isEmpty()) {
                    page[random.nextInt(page.length)] ^= 1;
                }
                pages.add(page);
                encoder.write(codec.compress(decoder.pageNumber(), page, 0));
            }
            encoder.finish();
        }
        put(key, withHeader(out.toByteArray(), header, pages));
    }

    /** The file with this header and the file checksum that it has then. */
    private static byte[] withHeader(byte[] file, byte[] header, List<byte[]> pages) {
        System.arraycopy(header, 0, file, 0, header.length);
        long crc = Crc64.update(0, header, 0, header.length);
        ByteBuffer fields = ByteBuffer.wrap(file);
        int at = header.length;
        for (byte[] page : pages) {
            crc = Crc64.update(crc, file, at, 10);
            crc = Crc64.update(crc, page, 0, page.length);
            at += 10 + fields.getInt(at + 6);
        }
        crc = Crc64.update(crc, file, at, file.length - 8 - at);
        fields.putLong(file.length - 8, PageChecksums.FLAG | crc);
        return file;
    }

    /** Another archive on the same objects, or on a copy of them, loaded. */
    static ReplicaArchive loaded(MemoryObjectStore store) throws IOException {
        ReplicaArchive archive = new ReplicaArchive(store, ReplicaLayout.s3("db"));
        archive.load();
        return archive;
    }

    /** A copy of everything that is stored. */
    MemoryObjectStore copy() throws IOException {
        MemoryObjectStore copy = new MemoryObjectStore(SampleReplica.FIXED_TIME);
        try (ObjectListing listing = store.list("", null)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                copy.put(
                        entry.key(),
                        ObjectBody.of(get(entry.key())),
                        PutCondition.any(),
                        store.head(entry.key()).timestamp());
            }
        }
        return copy;
    }

    LtxFile newest(Level level) {
        return Objects.requireNonNull(archive.manifest().newestFile(level));
    }
}
