package dev.runnel.ltx;

import dev.runnel.model.PageSize;
import dev.runnel.model.TxRange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** An LTX file as a value, so that tests can say what a file contains and compare files by content. */
record ChangesetSpec(LtxHeader header, List<PageSpec> pages) {

    static final String NAME = "spec.ltx";

    /** A page by content. */
    @SuppressWarnings("ArrayRecordComponent") // Compared by content.
    record PageSpec(int pgno, byte[] data) {

        @Override
        public boolean equals(Object o) {
            return o instanceof PageSpec other && pgno == other.pgno && Arrays.equals(data, other.data);
        }

        @Override
        public int hashCode() {
            return 31 * pgno + Arrays.hashCode(data);
        }

        @Override
        public String toString() {
            return pgno + ":" + Proof.hex(Crc64.update(0, data, 0, data.length));
        }
    }

    static ChangesetSpec snapshot(int pageSize, long maxTxId, List<PageSpec> pages) {
        LtxHeader header =
                LtxHeader.of(new PageSize(pageSize), pages.size(), TxRange.of(1, maxTxId), 1_700_000_000_123L);
        return new ChangesetSpec(header, pages);
    }

    static ChangesetSpec incremental(int pageSize, int commit, long min, long max, List<PageSpec> pages) {
        LtxHeader header = LtxHeader.of(new PageSize(pageSize), commit, TxRange.of(min, max), 1_700_000_000_000L + max);
        return new ChangesetSpec(header, pages);
    }

    /** Pages 1 to {@code count}, each with other content that compresses. */
    static List<PageSpec> pages(int pageSize, int count) {
        List<PageSpec> pages = new ArrayList<>();
        for (int pgno = 1; pgno <= count; pgno++) {
            byte[] data = new byte[pageSize];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) (pgno * 31 + i / 16);
            }
            pages.add(new PageSpec(pgno, data));
        }
        return pages;
    }

    static byte[] randomPage(int pageSize, SplittableRandom random) {
        byte[] data = new byte[pageSize];
        int kind = random.nextInt(4);
        if (kind == 0) {
            random.nextBytes(data);
        } else if (kind == 1) {
            Arrays.fill(data, (byte) random.nextInt());
        } else if (kind == 2) {
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) (random.nextInt(8) == 0 ? random.nextInt() : i / 7);
            }
        }
        return data;
    }

    ChangesetSpec with(LtxHeader other) {
        return new ChangesetSpec(other, pages);
    }

    byte[] encode() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FrameCodec codec = new FrameCodec(header.pageSize());
        try {
            LtxEncoder encoder = new LtxEncoder(out, header);
            for (PageSpec page : pages) {
                encoder.write(codec.compress(page.pgno(), page.data(), 0));
            }
            if (header.hasChecksums()) {
                encoder.finish(databaseChecksum());
            } else {
                encoder.finish();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static ChangesetSpec decode(byte[] file) throws IOException {
        return decode(file, NAME);
    }

    static ChangesetSpec decode(byte[] file, String name) throws IOException {
        try (LtxDecoder decoder = new LtxDecoder(new ByteArrayInputStream(file), name)) {
            List<PageSpec> pages = new ArrayList<>();
            while (decoder.next()) {
                pages.add(new PageSpec(decoder.pageNumber(), decoder.page().clone()));
            }
            LtxTrailer trailer = decoder.finish();
            if (trailer.fileSize() != file.length) {
                throw new AssertionError("file size " + trailer.fileSize() + " of " + file.length);
            }
            return new ChangesetSpec(decoder.header(), pages);
        }
    }

    /** The same through {@link LtxIndex} and {@link FrameReader}, in two parts of which the second is read first. */
    static ChangesetSpec decodeByIndex(byte[] file) throws IOException {
        byte[] head = Arrays.copyOf(file, Math.min(file.length, LtxHeader.SIZE));
        LtxHeader header = LtxHeader.decode(head, NAME);
        byte[] tail = tail(file, LtxIndex.MIN_TAIL);
        long needed = LtxIndex.tailNeeded(tail, file.length, header, NAME);
        LtxIndex index = LtxIndex.parse(tail(file, (int) needed), file.length, header, NAME);
        int middle = index.count() / 2;
        TreeMap<Integer, PageSpec> pages = new TreeMap<>();
        HashedRange second = readRange(file, header, index, middle, index.count(), pages);
        HashedRange first = readRange(file, header, index, 0, middle, pages);
        LtxFileChecksum.verify(head, first.then(second), index, NAME);
        return new ChangesetSpec(header, List.copyOf(pages.values()));
    }

    private static byte[] tail(byte[] file, int size) {
        return Arrays.copyOfRange(file, Math.max(0, file.length - size), file.length);
    }

    private static HashedRange readRange(
            byte[] file, LtxHeader header, LtxIndex index, int from, int to, Map<Integer, PageSpec> pages)
            throws IOException {
        if (from == to) {
            return HashedRange.EMPTY;
        }
        FrameReader reader = new FrameReader(header.pageSize(), NAME);
        long start = index.offset(from);
        byte[] range = Arrays.copyOfRange(file, (int) start, (int) index.offset(to - 1) + index.size(to - 1));
        for (int i = from; i < to; i++) {
            reader.read(index, i, range, start);
            pages.put(
                    reader.pageNumber(),
                    new PageSpec(reader.pageNumber(), reader.page().clone()));
        }
        return reader.hashed();
    }

    /** Database checksum of the pages alone, computed the slow way. */
    long databaseChecksum() {
        long sum = 0;
        for (PageSpec page : pages) {
            byte[] number = new byte[4];
            Bytes.putInt(number, 0, page.pgno());
            sum ^= new NaiveCrc64().add(number).add(page.data()).value();
        }
        return PageChecksums.FLAG | sum;
    }
}
