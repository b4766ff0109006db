package dev.runnel.verify;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.PageMapCodec;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.Proof;
import dev.runnel.ltx.UnsupportedFormatVersionException;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.StorageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Repairs one replica from another of the same database. A file is copied only if it is proved to be what the damaged one
 * was: by the size and file checksum or the proof that the damaged one still tells, or by the proof chain, which it must join to files
 * of this replica. What cannot be proved is left alone.
 */
public final class Repairer {

    private static final int FILE_CHECKSUM_SIZE = 8;

    private final ReplicaArchive archive;
    private final ReplicaArchive source;
    private final List<FileDigest> good = new ArrayList<>();
    private final List<FileDigest> contradicting = new ArrayList<>();

    /**
     * @param archive the damaged replica
     * @param source the other one, loaded
     * @param scrubber what scrubbed the damaged one
     */
    public Repairer(ReplicaArchive archive, ReplicaArchive source, Scrubber scrubber) throws IOException {
        this.archive = archive;
        this.source = source;
        ChainAudit audit = new ChainAudit(scrubber.digests());
        for (FileDigest digest : scrubber.digests()) {
            (audit.wrong().containsKey(digest.file()) ? contradicting : good).add(digest);
        }
    }

    /**
     * What came of the repair of one damage.
     *
     * @param files how many files were copied
     * @param problem why it was not repaired; null if it was
     */
    public record Result(Damage damage, int files, @Nullable String problem) {}

    /** Repairs what can be. Scrub again to see what is left. */
    public List<Result> repair(List<Damage> damages) {
        List<Result> results = new ArrayList<>();
        for (Damage damage : damages) {
            try {
                results.add(repair(damage));
            } catch (IOException e) {
                results.add(new Result(damage, 0, e.getMessage() == null ? e.toString() : e.getMessage()));
            }
        }
        return results;
    }

    private Result repair(Damage damage) throws IOException {
        LtxFile file = damage.file();
        TxId map = damage.map();
        if (map != null) {
            return repairMap(damage, map);
        }
        List<LtxFile> candidates = candidates(Objects.requireNonNull(file), damage.kind());
        if (candidates.isEmpty()) {
            return new Result(damage, 0, source.describe() + " does not hold it");
        }
        for (LtxFile candidate : candidates) {
            FileDigest digest = Scrubber.digest(source, candidate);
            if (!isSame(file, digest) && !saysTheSame(file, digest) && !belongs(digest)) {
                return new Result(
                        damage, 0, source.describe(candidate) + " cannot be proved to be of the same history");
            }
            ObjectBody body = body(candidate, digest.end().fileSize());
            archive.replaceDamaged(
                    candidate, body, digest.header().timestamp(), (in, size) -> isDamaged(candidate, in));
            good.add(digest);
        }
        return new Result(damage, candidates.size(), null);
    }

    /** The file of that place, or for a gap what lies in it. */
    private List<LtxFile> candidates(LtxFile file, Damage.Kind kind) {
        LtxFile same = source.manifest().find(file.level(), file.txIds());
        if (same != null) {
            return List.of(same);
        }
        return kind != Damage.Kind.MISSING
                ? List.of()
                : source.manifest().files(file.level()).stream()
                        .filter(other -> other.min().compareTo(file.min()) >= 0
                                && other.max().compareTo(file.max()) <= 0)
                        .toList();
    }

    private ObjectBody body(LtxFile file, long length) {
        return new ObjectBody() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public InputStream open() throws IOException {
                return source.open(file);
            }
        };
    }

    /** Whether the damaged file still tells the size and checksum of the other: then it was the same. */
    private boolean isSame(LtxFile damaged, FileDigest other) throws IOException {
        try {
            ObjectTail tail = archive.tail(damaged, FILE_CHECKSUM_SIZE);
            return tail.objectSize() == other.end().fileSize()
                    && tail.bytes().length == FILE_CHECKSUM_SIZE
                    && ByteBuffer.wrap(tail.bytes()).getLong() == other.end().fileChecksum();
        } catch (ObjectNotFoundException | CorruptChangesetException e) {
            return false;
        }
    }

    /** Whether the header of the damaged file still tells the checksums of the database that the other one has. */
    private boolean saysTheSame(LtxFile damaged, FileDigest other) throws IOException {
        if (!damaged.samePlace(other.file())) {
            return false;
        }
        try {
            LtxHeader header = archive.header(damaged);
            Proof proof = header.proof();
            return proof != null
                    && proof.knowsPostApply()
                    && proof.equals(other.header().proof())
                    && header.timestampMillis() == other.header().timestampMillis();
        } catch (CorruptChangesetException | UnsupportedFormatVersionException | StorageException e) {
            return false; // also gone, or shorter than a header
        }
    }

    /** Whether a file is proved by its pages, contradicts none of ours, and joins one of ours. */
    private boolean belongs(FileDigest digest) throws IOException {
        List<FileDigest> together = new ArrayList<>(good);
        together.add(digest);
        ChainAudit audit = new ChainAudit(together);
        if (!audit.wrong().isEmpty() || !audit.isProved(digest.file())) {
            return false;
        }
        return good.stream().anyMatch(ours -> joins(ours, digest));
    }

    private static boolean joins(FileDigest ours, FileDigest other) {
        boolean sameEnd = ours.max().equals(other.max()) && ours.post() == other.post();
        boolean goesOn = ours.min().value() == other.max().value() + 1 && ours.pre() == other.post();
        boolean follows = ours.max().value() + 1 == other.min().value() && ours.post() == other.pre();
        return (isKnown(other.post()) && (sameEnd || goesOn)) || (isKnown(other.pre()) && follows);
    }

    private static boolean isKnown(long checksum) {
        return checksum != Proof.UNKNOWN;
    }

    /** Whether what is stored cannot be read, or is still the content that contradicts the others. */
    private boolean isDamaged(LtxFile file, InputStream in) throws IOException {
        try (DigestReader reader = new DigestReader(file, in, archive.describe(file))) {
            reader.read(Integer.MAX_VALUE);
            long stored = reader.digest().end().fileChecksum();
            return contradicting.stream()
                    .anyMatch(
                            wrong -> wrong.file().samePlace(file) && wrong.end().fileChecksum() == stored);
        } catch (CorruptChangesetException | UnsupportedFormatVersionException e) {
            return true;
        }
    }

    private Result repairMap(Damage damage, TxId txId) throws IOException {
        byte[] bytes;
        try (InputStream in = source.openMap(txId)) {
            bytes = in.readAllBytes();
        } catch (ObjectNotFoundException e) {
            return new Result(
                    damage, 0, source.describe() + " does not hold it; the next snapshot brings a new page map");
        }
        PageMap map = PageMapCodec.read(new ByteArrayInputStream(bytes), txId, source.describe() + " page map " + txId);
        long known = new ChainAudit(good).checksumAt(txId);
        if (known != map.databaseChecksum()) {
            return new Result(damage, 0, "the page map of " + source.describe() + " is not that of these files");
        }
        archive.putMap(txId, ObjectBody.of(bytes));
        return new Result(damage, 1, null);
    }
}
