package dev.runnel.restore;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.PageMap;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.LtxTrailer;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.Proof;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds which file of a chain is to blame when each is whole, and the database that they make is another one than their
 * writer had. Follows the chain with a checksum for each page, where a restore reads only the newest image of each. Needs 8
 * bytes per page. For one use.
 */
final class Contradiction {

    private static final int BUFFER = 64 << 10;

    private final ReplicaArchive archive;
    private @Nullable PageMap state;
    private @Nullable TxId last;

    Contradiction(ReplicaArchive archive) {
        this.archive = archive;
    }

    /**
     * The first file that does not fit to those before it, or to its own proof.
     *
     * @param files in the order in which they apply
     * @return null if all of them do
     * @throws DamagedFileException if a file is not whole after all
     * @throws MissingFileException if one is gone
     */
    @Nullable
    LtxFile find(List<LtxFile> files) throws IOException {
        for (LtxFile file : files) {
            try (LtxDecoder decoder =
                    new LtxDecoder(new BufferedInputStream(archive.open(file), BUFFER), archive.describe(file))) {
                if (!fits(file, decoder)) {
                    return file;
                }
            } catch (CorruptChangesetException e) {
                throw new DamagedFileException(file, e);
            } catch (ObjectNotFoundException e) {
                throw new MissingFileException(file, e);
            }
        }
        return null;
    }

    private boolean fits(LtxFile file, LtxDecoder decoder) throws IOException {
        LtxHeader header = decoder.header();
        Proof proof = header.proof();
        PageMap pages = state;
        if (pages == null) {
            pages = new PageMap(header.pageSize());
            state = pages;
        } else if (!pages.pageSize().equals(header.pageSize())) {
            return false;
        } else {
            long pre = proof != null && proof.knowsPreApply() ? proof.preApply() : header.preApply();
            boolean adjacent = last != null && file.min().value() == last.value() + 1;
            if (adjacent && pre != Proof.UNKNOWN && pre != pages.databaseChecksum()) {
                return false;
            }
        }
        LtxTrailer trailer = apply(pages, decoder);
        last = file.max();
        long post = proof != null && proof.knowsPostApply() ? proof.postApply() : trailer.postApply();
        return post == Proof.UNKNOWN || post == pages.databaseChecksum();
    }

    private static LtxTrailer apply(PageMap pages, LtxDecoder decoder) throws IOException {
        int before = pages.pageCount();
        int commit = decoder.header().commit();
        pages.resize(commit);
        BitSet given = new BitSet();
        while (decoder.next()) {
            pages.set(decoder.pageNumber(), decoder.pageChecksum());
            given.set(decoder.pageNumber());
        }
        byte[] zeros = new byte[pages.pageSize().bytes()];
        for (int page = given.nextClearBit(before + 1); page <= commit; page = given.nextClearBit(page + 1)) {
            if (page != pages.pageSize().lockPage()) {
                pages.set(page, PageChecksums.of(page, zeros, 0, zeros.length));
            }
        }
        return decoder.finish();
    }
}
