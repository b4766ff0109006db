package dev.runnel.restore;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.BrokenChainException;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.PageSize;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * Restores a database from one replica, all of it verified: every frame of every file of the plan is decoded, so that
 * every file checksum is checked, and the checksum of all pages is compared with the one their writer recorded, if it did.
 * Each page is written once, its newest image being found through the page indexes beforehand. Large files are fetched in
 * parallel ranges. Memory: about half a megabyte per thread, 16 bytes per page, and up to 32 MiB of small files.
 *
 * <p>If a file disappears meanwhile, because retention deleted it, the manifest is loaded again and another plan made. If
 * one is damaged and others carry the same transactions, these are used, and the result says so. Passing faults of the
 * store are tried again. Thread-safe; the archive must have been loaded.
 */
public final class Restorer {

    /** Retention deletes many files at once, so that a few listings are enough. */
    private static final int MAX_LISTINGS = 5;

    private final ReplicaArchive archive;
    private final RestoreOptions options;
    private final Backoff backoff;

    /** @param backoff how long to wait before a request is tried again */
    public Restorer(ReplicaArchive archive, RestoreOptions options, Backoff backoff) {
        this.archive = archive;
        this.options = options;
        this.backoff = backoff;
    }

    /**
     * The files that {@link #restore} would use.
     *
     * @throws RestoreException if the replica does not hold what {@code target} names
     * @throws BrokenChainException if files are missing in the middle
     */
    public RestorePlan plan(RestoreTarget target) throws IOException {
        return plan(archive, target, List.of());
    }

    /** Plans without some files; lists the replica again where one disappeared whose time was asked for. */
    static RestorePlan plan(ReplicaArchive archive, RestoreTarget target, Collection<LtxFile> without)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return RestorePlanner.plan(
                        archive.describe(), archive.manifest().without(without), target, archive::timestampOf);
            } catch (ObjectNotFoundException e) {
                if (attempt == MAX_LISTINGS) {
                    throw e;
                }
                archive.load();
            }
        }
    }

    /**
     * Restores to a file, which appears whole and durable, or not at all. An earlier restore from this replica to the
     * same file that was cut off is continued: parts that it completed are verified and not fetched again.
     *
     * @throws NotEnoughSpaceException if the database does not fit on the disk
     * @throws TargetExistsException if something is at {@code output} already, and the options do not say to replace it,
     *     or somebody has it open
     * @throws RestoreException if the replica does not hold what {@code target} names
     * @throws BrokenChainException if files are missing in the middle
     * @throws CorruptChangesetException if files are damaged or contradict each other
     */
    public RestoredImage restore(RestoreTarget target, Path output) throws IOException {
        DatabaseFile.requireFree(output, options.force());
        plan(target); // Nothing is created where nothing can be restored.
        try (DatabaseFile file = DatabaseFile.create(output, options.force(), archive.describe())) {
            ImageReader.Outcome outcome = readOrKeep(target, file);
            RestoredImage image = outcome.image();
            file.publish(image.pageSize(), outcome.lastPageStored(), image.pages());
            return image;
        }
    }

    /** Where the store fails for long, what was read stays for the next attempt. */
    private ImageReader.Outcome readOrKeep(RestoreTarget target, DatabaseFile file) throws IOException {
        try {
            return read(target, file);
        } catch (TransientStorageException e) {
            throw !Thread.currentThread().isInterrupted() && file.keep()
                    ? new TransientStorageException(
                            e.getMessage() + " (what was read so far is kept; restore again to go on from there)", e)
                    : e;
        }
    }

    /**
     * Reads and verifies a state as {@link #restore} does, but gives the checksums of its pages instead of writing them:
     * what {@code sink} received is right when this returns. Pages at the end that are in no file are zeros; they and the
     * lock page are not given.
     */
    public RestoredImage readChecksums(RestoreTarget target, PageChecksumSink sink) throws IOException {
        return readChecksums(target, sink, new ReadProgress());
    }

    /**
     * The same, going on from an earlier attempt.
     *
     * @param progress that of the earlier attempt, which gave its checksums to the same {@code sink}; told of this one
     */
    public RestoredImage readChecksums(RestoreTarget target, PageChecksumSink sink, ReadProgress progress)
            throws IOException {
        return read(target, new ChecksumsOnly(sink, progress)).image();
    }

    private ImageReader.Outcome read(RestoreTarget target, PageSink sink) throws IOException {
        try (Workers workers = new Workers(options.parallelism(), backoff)) {
            return new ImageReader(archive, options, workers, sink).read(target);
        }
    }

    private record ChecksumsOnly(PageChecksumSink sink, ReadProgress progress) implements PageSink, PageSink.Writer {

        @Override
        public KeptParts kept() {
            return progress;
        }

        @Override
        public Writer writer(PageSize pageSize) {
            return this;
        }

        @Override
        public void page(int pgno, byte[] page, long checksum) {
            sink.page(pgno, checksum);
        }

        @Override
        public void flush() {}
    }
}
