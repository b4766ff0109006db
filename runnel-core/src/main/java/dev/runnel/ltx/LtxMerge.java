package dev.runnel.ltx;

import dev.runnel.model.TxRange;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Merges consecutive LTX files into one: of each page the newest image, without the pages beyond the final size of the
 * database. A streaming k-way merge that needs the memory of a few pages per input. Compressed pages are copied as they
 * are; only those in the old frame form are compressed anew.
 *
 * <p>All inputs are verified to their last byte before the output gets its trailer, so damage does not travel: if anything
 * throws, the output is no valid file.
 */
public final class LtxMerge {

    private LtxMerge() {}

    /**
     * What a merge wrote.
     *
     * @param header header of the output
     * @param trailer trailer of the output, with its size
     * @param pages number of pages in the output
     */
    public record Result(LtxHeader header, LtxTrailer trailer, int pages) {}

    /**
     * Merges {@code inputs} into one file without checksums.
     *
     * @param inputs oldest first, none of whose pages was read yet; each continues or overlaps the one before and ends
     *     later. They are read to their ends but not closed
     * @param out where the output goes; neither flushed nor closed
     * @throws CorruptChangesetException if an input is damaged, does not follow the one before or has another page size, or
     *     if the database checksums of two inputs contradict each other or the pages
     * @throws IllegalArgumentException if there are no inputs
     */
    public static Result merge(List<LtxDecoder> inputs, OutputStream out) throws IOException {
        LtxHeader header = header(inputs);
        LtxEncoder encoder = new LtxEncoder(out, header);
        int pages = pages(inputs, header, encoder);
        for (LtxDecoder input : inputs) {
            input.finish();
        }
        if (!encoder.keepsProof()) {
            throw new CorruptChangesetException(
                    inputs.get(inputs.size() - 1).resource(),
                    LtxHeader.AT_PROOF,
                    "proof " + Proof.hex(encoder.databaseChecksum()) + ", which the pages of the files from "
                            + inputs.get(0).resource() + " on give",
                    header.proof() + " (broken proof chain)");
        }
        return new Result(header, encoder.finish(), pages);
    }

    /**
     * Header of what {@link #merge} makes of these files: size and time of the last, and the database checksums before the
     * first and after the last as far as they are known.
     *
     * @throws CorruptChangesetException as {@link #merge}, as far as it can be told from the headers
     */
    public static LtxHeader header(List<LtxDecoder> inputs) throws CorruptChangesetException {
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException("nothing to merge");
        }
        for (int i = 1; i < inputs.size(); i++) {
            requireSuccessor(inputs.get(i - 1), inputs.get(i));
        }
        LtxHeader first = inputs.get(0).header();
        LtxDecoder lastInput = inputs.get(inputs.size() - 1);
        LtxHeader last = lastInput.header();
        if (last.commit() == 0) {
            throw new CorruptChangesetException(
                    lastInput.resource(), LtxHeader.AT_COMMIT, "a database of at least one page", "0 pages");
        }
        long pre = first.proof() != null ? first.proof().preApply() : Proof.UNKNOWN;
        long post = last.proof() != null ? last.proof().postApply() : Proof.UNKNOWN;
        Proof proof = pre == Proof.UNKNOWN && post == Proof.UNKNOWN ? null : new Proof(pre, post);
        return LtxHeader.of(
                        first.pageSize(),
                        last.commit(),
                        new TxRange(first.txIds().min(), last.txIds().max()),
                        last.timestampMillis())
                .withProof(proof);
    }

    private static void requireSuccessor(LtxDecoder previousInput, LtxDecoder input) throws CorruptChangesetException {
        LtxHeader previous = previousInput.header();
        LtxHeader next = input.header();
        String before = previousInput.resource();
        if (!next.pageSize().equals(previous.pageSize())) {
            throw new CorruptChangesetException(
                    input.resource(),
                    LtxHeader.AT_PAGE_SIZE,
                    "page size " + previous.pageSize() + " as in " + before,
                    next.pageSize().toString());
        }
        if (!next.txIds().extendsFrom(previous.txIds().max())) {
            throw new CorruptChangesetException(
                    input.resource(),
                    LtxHeader.AT_MIN_TXID,
                    "transactions that continue " + previous.txIds() + " of " + before,
                    next.txIds().toString());
        }
        Proof after = previous.proof();
        Proof of = next.proof();
        // Of overlapping files neither checksum is that of the moment between them.
        boolean adjacent = next.txIds().min().value() == previous.txIds().max().value() + 1;
        if (adjacent
                && after != null
                && of != null
                && after.knowsPostApply()
                && of.knowsPreApply()
                && after.postApply() != of.preApply()) {
            throw new CorruptChangesetException(
                    input.resource(),
                    LtxHeader.AT_PROOF,
                    "database checksum " + Proof.hex(after.postApply()) + " before it, as after " + before,
                    Proof.hex(of.preApply()) + " (broken proof chain)");
        }
    }

    private static int pages(List<LtxDecoder> inputs, LtxHeader header, LtxEncoder encoder) throws IOException {
        PriorityQueue<Cursor> queue = new PriorityQueue<>(inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            advance(new Cursor(inputs.get(i), i), queue);
        }
        PageOrder order = new PageOrder(header);
        List<Cursor> passed = new ArrayList<>(inputs.size());
        int pages = 0;
        for (Cursor newest = queue.poll(); newest != null; newest = queue.poll()) {
            passed.add(newest);
            while (!queue.isEmpty() && queue.element().pgno() == newest.pgno()) {
                passed.add(queue.remove());
            }
            if (newest.pgno() <= header.commit()) {
                requireComplete(order.accept(newest.pgno()), inputs);
                encoder.write(newest.input.frameOrCompress());
                pages++;
            }
            for (Cursor cursor : passed) {
                advance(cursor, queue);
            }
            passed.clear();
        }
        requireComplete(order.missing(), inputs);
        return pages;
    }

    /** Each input is in order by itself, so all that can be wrong is that together they make no whole database. */
    private static void requireComplete(@Nullable String missing, List<LtxDecoder> inputs)
            throws CorruptChangesetException {
        if (missing != null) {
            throw new CorruptChangesetException(
                    inputs.get(inputs.size() - 1).resource(),
                    LtxHeader.AT_COMMIT,
                    missing + " in the files from " + inputs.get(0).resource() + " on",
                    "no such page in any of them");
        }
    }

    private static void advance(Cursor cursor, PriorityQueue<Cursor> queue) throws IOException {
        if (cursor.input.next()) {
            queue.add(cursor);
        }
    }

    /** An input at one of its pages. Lower pages come first, and of the same page the newest image. */
    private record Cursor(LtxDecoder input, int age) implements Comparable<Cursor> {

        int pgno() {
            return input.pageNumber();
        }

        @Override
        public int compareTo(Cursor other) {
            int byPage = Integer.compare(pgno(), other.pgno());
            return byPage != 0 ? byPage : Integer.compare(other.age, age);
        }
    }
}
