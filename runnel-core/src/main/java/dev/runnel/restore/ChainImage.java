package dev.runnel.restore;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.HashedRange;
import dev.runnel.ltx.LtxFileChecksum;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.LtxIndex;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.Proof;
import dev.runnel.model.PageSize;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The database that the files of a plan make up: which file has the newest image of each page, decided from their page
 * indexes before any page is read. Needs 4 bytes per page beside the indexes. Immutable.
 */
final class ChainImage {

    /** Byte of the header at which the size of the database stands. */
    private static final int AT_COMMIT = 12;
    /** Byte of the header at which the proof stands. */
    private static final int AT_PROOF = 80;

    private static final int AT_PAGE_SIZE = 8;

    private final List<SourceFile> sources;
    private final LtxHeader last;
    /** Number of the file with the newest image, from 1; 0 for none. By page number, up to the last page stored. */
    private final int[] newest;

    /** @throws CorruptChangesetException if the files contradict each other, or a page is in none of them */
    ChainImage(List<SourceFile> sources) throws CorruptChangesetException {
        this.sources = List.copyOf(sources);
        this.last = sources.get(sources.size() - 1).header();
        for (int i = 1; i < sources.size(); i++) {
            requireSuccessor(sources.get(i - 1), sources.get(i));
        }
        this.newest = new int[lastStored() + 1];
        for (int i = 0; i < sources.size(); i++) {
            LtxIndex index = sources.get(i).index();
            for (int entry = 0; entry < index.count(); entry++) {
                int pgno = index.pgno(entry);
                if (pgno < newest.length) {
                    newest[pgno] = i + 1;
                }
            }
        }
        int lockPage = last.pageSize().lockPage();
        for (int pgno = 1; pgno < newest.length; pgno++) {
            if (newest[pgno] == 0 && pgno != lockPage) {
                throw incomplete(pgno);
            }
        }
    }

    private static void requireSuccessor(SourceFile previous, SourceFile next) throws CorruptChangesetException {
        if (!next.header().pageSize().equals(previous.header().pageSize())) {
            throw new CorruptChangesetException(
                    next.resource(),
                    AT_PAGE_SIZE,
                    "page size " + previous.header().pageSize() + " as in " + previous.resource(),
                    next.header().pageSize().toString());
        }
        // Where files overlap, neither checksum is that of the moment between them.
        boolean adjacent = next.file().min().value() == previous.file().max().value() + 1;
        if (adjacent
                && previous.postApply() != Proof.UNKNOWN
                && next.preApply() != Proof.UNKNOWN
                && previous.postApply() != next.preApply()) {
            throw new CorruptChangesetException(
                    next.resource(),
                    AT_PROOF,
                    String.format(
                            "database checksum %016x before it, as after %s",
                            previous.postApply(), previous.resource()),
                    String.format("%016x (broken proof chain: a file of another history?)", next.preApply()));
        }
    }

    /**
     * The last page that is stored at all. A damaged header could claim any size; but since no page may be missing below
     * this one, it is bounded by the number of frames there are.
     */
    private int lastStored() throws CorruptChangesetException {
        int highest = 0;
        long frames = 0;
        for (SourceFile source : sources) {
            LtxIndex index = source.index();
            frames += index.count();
            int entry = index.find(last.commit());
            int below = entry >= 0 ? entry : -entry - 2;
            if (below >= 0) {
                highest = Math.max(highest, index.pgno(below));
            }
        }
        if (highest > frames + 1) {
            throw new CorruptChangesetException(
                    sources.get(sources.size() - 1).resource(),
                    AT_COMMIT,
                    "images of all pages up to " + highest + " in the files of the plan",
                    frames + " pages");
        }
        return highest;
    }

    private CorruptChangesetException incomplete(int pgno) {
        return new CorruptChangesetException(
                sources.get(sources.size() - 1).resource(),
                AT_COMMIT,
                "an image of page " + pgno + " of " + last.commit() + " in the files from "
                        + sources.get(0).resource() + " on",
                "none");
    }

    SourceFile source(Segment segment) {
        return sources.get(segment.source());
    }

    PageSize pageSize() {
        return last.pageSize();
    }

    /** Header of the last file. */
    LtxHeader lastHeader() {
        return last;
    }

    /** The last page that is in any file; what follows up to the size of the database is zeros. */
    int lastPageStored() {
        return newest.length - 1;
    }

    /** Cuts the files into segments of about {@code bytes}, in the order of the plan. */
    List<Segment> segments(int bytes) {
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            LtxIndex index = sources.get(i).index();
            int from = 0;
            for (int entry = 0; entry < index.count(); entry++) {
                boolean end = entry + 1 == index.count();
                if (end || index.offset(entry + 1) - index.offset(from) >= bytes) {
                    segments.add(new Segment(i, from, entry + 1));
                    from = entry + 1;
                }
            }
        }
        return segments;
    }

    Segment.Key key(Segment segment) {
        return new Segment.Key(source(segment).file().withExactTime(Instant.EPOCH), segment.from(), segment.to());
    }

    /** Which entries of a segment hold the newest image of their page, counted from its first. */
    BitSet newestOf(Segment segment) {
        LtxIndex index = source(segment).index();
        BitSet result = new BitSet(segment.to() - segment.from());
        for (int entry = segment.from(); entry < segment.to(); entry++) {
            int pgno = index.pgno(entry);
            if (pgno < newest.length && newest[pgno] == segment.source() + 1) {
                result.set(entry - segment.from());
            }
        }
        return result;
    }

    /**
     * Verifies every file checksum and compares the checksum of the database with the proof.
     *
     * @param results by segment, in order
     * @return checksum of the database
     */
    long verify(List<Segment> segments, List<Segment.Result> results) throws IOException {
        HashedRange[] frames = new HashedRange[sources.size()];
        Arrays.fill(frames, HashedRange.EMPTY);
        long checksum = PageChecksums.FLAG;
        for (int i = 0; i < segments.size(); i++) {
            int source = segments.get(i).source();
            frames[source] = frames[source].then(results.get(i).hashed());
            checksum ^= results.get(i).checksum();
        }
        for (int i = 0; i < frames.length; i++) {
            SourceFile source = sources.get(i);
            try {
                LtxFileChecksum.verify(source.headerBytes(), frames[i], source.index(), source.resource());
            } catch (CorruptChangesetException e) {
                throw new DamagedFileException(source.file(), e);
            }
        }
        checksum = (checksum ^ checksumOfUnstored()) | PageChecksums.FLAG;
        SourceFile end = sources.get(sources.size() - 1);
        if (end.postApply() != Proof.UNKNOWN && end.postApply() != checksum) {
            throw new CorruptChangesetException(
                    end.resource(),
                    AT_PROOF,
                    String.format("database checksum %016x, as its writer recorded", end.postApply()),
                    String.format(
                            "%016x from the files %s to %s",
                            checksum, sources.get(0).file(), end.file()));
        }
        return checksum;
    }

    private long checksumOfUnstored() {
        byte[] zeros = new byte[last.pageSize().bytes()];
        long checksum = 0;
        for (int pgno = newest.length; pgno <= last.commit(); pgno++) {
            if (pgno != last.pageSize().lockPage()) {
                checksum ^= PageChecksums.of(pgno, zeros, 0, zeros.length);
            }
        }
        return checksum;
    }

    /** Whether the writer of the last file recorded a database checksum. */
    ProofStatus proof() {
        return sources.get(sources.size() - 1).postApply() == Proof.UNKNOWN
                ? ProofStatus.UNPROVED
                : ProofStatus.VERIFIED;
    }
}
