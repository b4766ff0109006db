package dev.runnel.capture;

import dev.runnel.capture.PageImages.Place;
import dev.runnel.ltx.FrameCodec;
import dev.runnel.ltx.PageChecksums;
import dev.runnel.ltx.PageFrame;
import dev.runnel.model.PageSize;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Takes images of pages into a spool, compressed and checksummed. */
final class PageTaker {

    private final PageImages images;
    private final PageSize pageSize;
    private final byte[] page;
    private final FrameCodec codec;
    private final PageChecksums checksums;

    PageTaker(PageImages images, PageSize pageSize) {
        this.images = images;
        this.pageSize = pageSize;
        this.page = new byte[pageSize.bytes()];
        this.codec = new FrameCodec(pageSize);
        this.checksums = PageChecksums.forPageSize(pageSize);
    }

    PageSize pageSize() {
        return pageSize;
    }

    /**
     * Takes the image of a page as of the last look.
     *
     * @param known a page equal to what this map says is left out, unless the spool has another image of it already; null
     *     to leave out none
     */
    void take(int pageNumber, FrameSpool spool, @Nullable PageMap known) throws IOException {
        images.read(pageNumber, page);
        if (known != null && !spool.contains(pageNumber) && !isNew(pageNumber, known)) {
            return;
        }
        PageFrame frame = codec.compress(pageNumber, page, 0);
        spool.put(frame, checksums.pageChecksum(pageNumber, frame.dataCrc()));
    }

    /** Whether the image of a page as of the last look is another one than a map says. */
    boolean differs(int pageNumber, PageMap known) throws IOException {
        images.read(pageNumber, page);
        return isNew(pageNumber, known);
    }

    private boolean isNew(int pageNumber, PageMap known) {
        return known.get(pageNumber) != PageChecksums.of(pageNumber, page, 0, page.length);
    }

    /** The image of page 1 as of the last look. */
    byte[] pageOne() throws IOException {
        return images.read(1);
    }

    /** Takes those of several pages of which the image is in one place. */
    void take(int[] pageNumbers, Place place, FrameSpool spool, @Nullable PageMap known) throws IOException {
        for (int pageNumber : pageNumbers) {
            if (images.placeOf(pageNumber) == place) {
                take(pageNumber, spool, known);
            }
        }
    }

    /** How many of several pages are in the database file. */
    int countInDatabase(int[] pageNumbers) {
        int count = 0;
        for (int pageNumber : pageNumbers) {
            count += images.placeOf(pageNumber) == Place.DATABASE ? 1 : 0;
        }
        return count;
    }
}
