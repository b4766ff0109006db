package dev.runnel.legacy;

import dev.runnel.archive.ForeignWriterException;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.storage.ObjectBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns a replica of Litestream 0.3 into an LTX replica that has the same states at the same times: each snapshot that a
 * history begins with, and the state after each WAL segment, becomes one transaction, all with proofs. Where a history is
 * broken, or a generation follows another, the next transaction holds the pages that differ. The last state is also stored
 * as a snapshot, so that a restore of it reads one file.
 *
 * <p>The source is only read. Breaking off does no harm: a second run makes the same files and finds them there.
 * Needs disk for one database, and 8 bytes of memory a page. For one use.
 */
public final class LegacyMigration {

    private final LegacyReplica source;
    private final LegacyRestorer restorer;
    private final ReplicaArchive target;
    private final Path directory;
    private final List<String> notes = new ArrayList<>();

    /**
     * @param restorer of {@code source}, for the way it reads
     * @param target the new replica, loaded; empty, or holding what an earlier run stored
     * @param directory for temporary files; must exist
     */
    public LegacyMigration(LegacyReplica source, LegacyRestorer restorer, ReplicaArchive target, Path directory) {
        this.source = source;
        this.restorer = restorer;
        this.target = target;
        this.directory = directory;
    }

    /**
     * What was made.
     *
     * @param states number of transactions, one for each state that differs from the one before
     * @param first time of the first state
     * @param last time of the last state
     * @param notes what of the source could not be used, and why; empty if all could
     */
    public record Result(long states, Instant first, Instant last, List<String> notes) {

        public Result {
            notes = List.copyOf(notes);
        }
    }

    /**
     * Migrates all generations.
     *
     * @throws LegacyNotAvailableException if there is nothing to migrate
     * @throws dev.runnel.archive.ForeignWriterException if the target holds another replica
     */
    public Result migrate() throws IOException {
        List<LegacyGeneration> generations = inOrder();
        Path imageFile = directory.resolve("migrate.db");
        try (StateImage image = new StateImage(imageFile)) {
            for (int i = 0; i < generations.size(); i++) {
                Instant end =
                        i + 1 < generations.size() ? generations.get(i + 1).start() : null;
                migrate(generations.get(i), end, image);
            }
            if (image.txId() == null) {
                throw new LegacyNotAvailableException(
                        source.describe(), notes.isEmpty() ? "only empty databases" : String.join("; ", notes));
            }
            TxId newest = image.txId();
            if (!newest.isFirst()) {
                Instant last = generations.stream()
                        .map(LegacyGeneration::end)
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
                upload(image.snapshot(last, directory.resolve("migrate.ltx")));
            }
            return new Result(newest.value(), image.firstTime(), image.lastTime(), notes);
        } finally {
            Files.deleteIfExists(imageFile);
            Files.deleteIfExists(directory.resolve("migrate.ltx"));
        }
    }

    /** Generations by their end, so that the last one ends with the newest state; those without a snapshot are of no use. */
    private List<LegacyGeneration> inOrder() throws IOException {
        List<LegacyGeneration> usable = new ArrayList<>();
        for (LegacyGeneration generation : source.list()) {
            if (generation.snapshots().isEmpty()) {
                notes.add("generation " + generation.name() + " has no snapshot to begin with; left out");
            } else {
                usable.add(generation);
            }
        }
        if (usable.isEmpty()) {
            throw new LegacyNotAvailableException(
                    source.describe(), notes.isEmpty() ? "there are no generations" : String.join("; ", notes));
        }
        usable.sort(Comparator.comparing(LegacyGeneration::end).thenComparing(LegacyGeneration::name));
        return usable;
    }

    /** @param end when the next generation takes over; what was written later does not count. Null for the last one */
    private void migrate(LegacyGeneration generation, @Nullable Instant end, StateImage image) throws IOException {
        int next = generation.snapshots().get(0).index();
        while (true) {
            LegacySnapshot snapshot = snapshotFrom(generation, next);
            if (snapshot == null) {
                return;
            }
            List<LegacySegment> segments = generation.segments().stream()
                    .filter(segment -> segment.index() >= snapshot.index())
                    .toList();
            Chain chain = new Chain(snapshot, segments, end);
            int broken = chain.migrate(image);
            if (broken < 0) {
                return;
            }
            next = broken + 1;
        }
    }

    private static @Nullable LegacySnapshot snapshotFrom(LegacyGeneration generation, int index) {
        return generation.snapshots().stream()
                .filter(snapshot -> snapshot.index() >= index)
                .findFirst()
                .orElse(null);
    }

    private void upload(StateImage.@Nullable Change change) throws IOException {
        if (change == null) {
            return;
        }
        Level level = change.txIds().min().isFirst() ? Level.SNAPSHOT : Level.L0;
        requireOurs();
        target.upload(level, change.txIds(), ObjectBody.of(change.file()), change.timestamp());
    }

    /** A target that holds something holds what we would store first; the upload then compares the two. */
    private void requireOurs() throws IOException {
        LtxFile first = target.manifest().find(Level.SNAPSHOT, TxRange.single(TxId.FIRST));
        if (first == null && !target.manifest().isEmpty()) {
            throw new ForeignWriterException(
                    target.describe() + " holds another LTX replica already; migrate to an empty path");
        }
    }

    /** A snapshot and the WAL after it, as far as it is unbroken. */
    private final class Chain {

        private final LegacySnapshot snapshot;
        private final List<LegacySegment> segments;
        private final @Nullable Instant end;

        Chain(LegacySnapshot snapshot, List<LegacySegment> segments, @Nullable Instant end) {
            this.snapshot = snapshot;
            this.segments = segments;
            this.end = end;
        }

        /** Returns -1, or the index at which it is broken. */
        int migrate(StateImage image) throws IOException {
            if (end != null && !snapshot.createdAt().isBefore(end)) {
                return -1;
            }
            List<LegacyObject> objects = new ArrayList<>();
            objects.add(snapshot);
            objects.addAll(segments);
            int at = snapshot.index();
            try (ObjectFetcher fetcher = restorer.fetch(objects)) {
                WalReplay replay = new WalReplay(image);
                image.clear();
                try (InputStream in = fetcher.open(snapshot)) {
                    replay.snapshot(snapshot.index(), in, source.describe(snapshot));
                }
                emit(image, replay, snapshot);
                for (LegacySegment segment : segments) {
                    if (end != null && !segment.createdAt().isBefore(end)) {
                        return -1;
                    }
                    at = segment.index();
                    try (InputStream in = fetcher.open(segment)) {
                        if (replay.apply(source.describe(), snapshot, segment, in, source.describe(segment))) {
                            emit(image, replay, segment);
                        }
                    }
                }
                return -1;
            } catch (LegacyGapException | CorruptChangesetException e) {
                notes.add(e.getMessage());
                return at;
            }
        }

        private void emit(StateImage image, WalReplay replay, LegacyObject object) throws IOException {
            if (replay.pages() > 0 && replay.pageSize() != null) {
                upload(image.advance(
                        replay.pageSize(), replay.pages(), object.createdAt(), directory.resolve("migrate.ltx")));
            }
        }
    }
}
