package dev.runnel.restore;

import dev.runnel.archive.BrokenChainException;
import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.UnsupportedFormatVersionException;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the state that a target names out of a replica into a sink: plans, fetches, verifies; and plans anew when a file
 * disappeared, or when one is damaged or contradicts those before it, and others carry the same transactions. What was
 * verified before stays done, where the new plan uses it in the same way. For one use.
 */
final class ImageReader {

    private static final Logger log = LoggerFactory.getLogger(ImageReader.class);

    /** How many files may disappear: each time retention must have overtaken us. */
    private static final int MAX_MISSING = 20;
    /** Small files are kept between reading their index and their pages, up to this many bytes together. */
    private static final long KEEP_BYTES = 32 << 20;

    private final ReplicaArchive archive;
    private final RestoreOptions options;
    private final Workers workers;
    private final PageSink sink;
    private final PageSink.@Nullable KeptParts kept;
    private final AtomicInteger reused = new AtomicInteger();
    private final AtomicLong bytesRead = new AtomicLong();
    private final Map<Segment.Key, Segment.Result> done = new HashMap<>();
    private final List<LtxFile> damaged = new ArrayList<>();
    private @Nullable DamagedFileException firstDamage;

    /** What a sink received. */
    record Outcome(RestoredImage image, int lastPageStored) {}

    ImageReader(ReplicaArchive archive, RestoreOptions options, Workers workers, PageSink sink) {
        this.archive = archive;
        this.options = options;
        this.workers = workers;
        this.sink = sink;
        this.kept = sink.kept();
    }

    Outcome read(RestoreTarget target) throws IOException {
        RestorePlan plan = Restorer.plan(archive, target, List.of());
        Set<String> missing = new HashSet<>();
        while (true) {
            try {
                return passOrBlame(plan);
            } catch (CorruptChangesetException | DamagedFileException e) {
                if (reused.getAndSet(0) == 0) {
                    plan = detour(plan, target, e);
                } else {
                    startOver(e);
                }
            } catch (MissingFileException e) {
                // A file that is missing again although it was listed again is not a matter of bad timing.
                if (!missing.add(e.file().toString()) || missing.size() > MAX_MISSING) {
                    throw e.getCause() instanceof ObjectNotFoundException cause ? cause : e;
                }
                log.info("{} is gone; planning the restore anew", e.file());
                archive.load();
                plan = replan(target, plan.txId());
            }
        }
    }

    /** What does not verify may be the fault of parts of an earlier attempt: they are read again before files are blamed. */
    private void startOver(IOException doubt) throws IOException {
        log.warn("{}; reading again what an interrupted restore left", doubt.getMessage());
        done.clear();
        if (kept != null) {
            kept.reset();
        }
    }

    /** A new plan after a file disappeared; where others are damaged, never to an older state than before. */
    private RestorePlan replan(RestoreTarget target, TxId before) throws IOException {
        RestorePlan plan = Restorer.plan(archive, target, damaged);
        if (firstDamage != null && plan.txId().compareTo(before) < 0) {
            throw firstDamage.reason();
        }
        return plan;
    }

    /**
     * A plan to the same transaction that does without the damaged file; the damage is the outcome if there is none. Never
     * an older state: that is for the user to ask for.
     */
    private RestorePlan detour(RestorePlan plan, RestoreTarget target, IOException failure) throws IOException {
        if (!(failure instanceof DamagedFileException damage)) {
            throw failure; // The files contradict each other.
        }
        if (firstDamage == null) {
            firstDamage = damage;
        }
        damaged.add(damage.file());
        Manifest rest = archive.manifest().without(damaged);
        try {
            List<LtxFile> files = RestorePlanner.plan(
                            archive.describe(), rest, RestoreTarget.at(plan.txId()), archive::timestampOf)
                    .files();
            log.warn("{}; restoring from other files", damage.reason().getMessage());
            return new RestorePlan(target, files);
        } catch (RestoreException | BrokenChainException e) {
            IOException reason = firstDamage.reason();
            reason.addSuppressed(e);
            throw reason;
        }
    }

    /** Files may be whole and yet wrong; which one it is costs another reading, of all of their pages. */
    private Outcome passOrBlame(RestorePlan plan) throws IOException {
        try {
            return pass(plan);
        } catch (CorruptChangesetException e) {
            LtxFile culprit = reused.get() > 0 ? null : culprit(plan);
            if (culprit == null) {
                throw e;
            }
            throw new DamagedFileException(culprit, e);
        }
    }

    private @Nullable LtxFile culprit(RestorePlan plan) throws IOException {
        AtomicReference<@Nullable LtxFile> found = new AtomicReference<>();
        workers.forEach(List.of(plan.files()), () -> files -> found.set(new Contradiction(archive).find(files)));
        return found.get();
    }

    private Outcome pass(RestorePlan plan) throws IOException {
        ChainImage image = new ChainImage(open(plan));
        sink.expect(image.pageSize(), image.lastHeader().commit());
        List<Segment> segments = image.segments(options.segmentBytes());
        List<Segment.Result> results = read(image, segments, plan.bytes());
        long checksum = image.verify(segments, results);
        options.progress().progress(plan.bytes(), plan.bytes());
        return new Outcome(
                new RestoredImage(plan, image.lastHeader(), checksum, image.proof(), bytesRead.get(), damaged),
                image.lastPageStored());
    }

    private List<SourceFile> open(RestorePlan plan) throws IOException {
        SourceFile[] sources = new SourceFile[plan.files().size()];
        AtomicLong keepBudget = new AtomicLong(KEEP_BYTES);
        workers.forEach(IntStream.range(0, sources.length).boxed().toList(), () -> i -> {
            LtxFile file = plan.files().get(i);
            SourceFile source = about(file, () -> SourceFile.open(archive, file, keepBudget));
            byte[] whole = source.whole();
            bytesRead.addAndGet(whole != null ? whole.length : source.index().length() + LtxHeader.SIZE);
            sources[i] = source;
        });
        return Arrays.asList(sources);
    }

    private List<Segment.Result> read(ChainImage image, List<Segment> segments, long totalBytes) throws IOException {
        Segment.Result[] results = new Segment.Result[segments.size()];
        Map<Segment.Key, Segment.Result> reusable = new HashMap<>();
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < results.length; i++) {
            Segment.Key key = image.key(segments.get(i));
            Segment.Result before = done.get(key);
            if (before != null && before.newest().equals(image.newestOf(segments.get(i)))) {
                results[i] = before;
                reusable.put(key, before);
            } else {
                open.add(i);
            }
        }
        // What this plan does not use may be overwritten under it, and is then no longer done.
        done.clear();
        done.putAll(reusable);
        AtomicLong progress = new AtomicLong();
        workers.forEach(open, () -> {
            SegmentReader reader = new SegmentReader(archive, image, sink.writer(image.pageSize()));
            return i -> {
                Segment segment = segments.get(i);
                SourceFile source = image.source(segment);
                Segment.Result result = kept == null ? null : kept.find(image, segment);
                long bytes = source.endOf(segment.to()) - source.index().offset(segment.from());
                if (result != null) {
                    reused.incrementAndGet();
                } else {
                    result = about(source.file(), () -> reader.read(segment));
                    if (kept != null) {
                        kept.add(image, segment, result);
                    }
                    if (source.whole() == null) {
                        bytesRead.addAndGet(bytes);
                    }
                }
                results[i] = result;
                options.progress().progress(progress.addAndGet(bytes), totalBytes);
                synchronized (done) {
                    done.put(image.key(segment), result);
                }
            };
        });
        return Arrays.asList(results);
    }

    private interface Step<T> {

        T run() throws IOException;
    }

    /** Says in the exception which file is gone or damaged. */
    private static <T> T about(LtxFile file, Step<T> step) throws IOException {
        try {
            return step.run();
        } catch (ObjectNotFoundException e) {
            throw new MissingFileException(file, e);
        } catch (CorruptChangesetException | UnsupportedFormatVersionException e) {
            throw new DamagedFileException(file, e);
        }
    }
}
