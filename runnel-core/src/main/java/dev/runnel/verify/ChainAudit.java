package dev.runnel.verify;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.ltx.Proof;
import dev.runnel.model.TxId;
import dev.runnel.restore.RestorePlanner;
import dev.runnel.restore.RestoreTarget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges files, each whole by itself, by each other: whether the pages of each, applied to the database before it, give
 * the database that its writer recorded. Files are judged by ascending last TXID, so that what comes before a file is
 * judged when it is. Each level is followed with one state; where a level begins, or goes on behind a damaged file, a
 * state is built from files that were found good. Pure: reads digests only.
 */
final class ChainAudit {

    private static final Comparator<FileDigest> ORDER = Comparator.comparing(FileDigest::max)
            .thenComparing(FileDigest::min)
            .thenComparing(digest -> digest.file().level());

    private final Map<LtxFile, FileDigest> digests = new HashMap<>();
    private final Map<LtxFile, String> wrong = new LinkedHashMap<>();
    private final Set<LtxFile> proved = new HashSet<>();
    private final Map<TxId, Long> checksums = new HashMap<>();
    private final Map<Integer, ImageState> byLevel = new HashMap<>();
    private final Map<Integer, FileDigest> lastOfLevel = new HashMap<>();
    private final List<LtxFile> trusted = new ArrayList<>();
    private @Nullable Manifest manifest;
    private @Nullable NavigableSet<TxId> reachable;

    /** Judges all of these files. */
    ChainAudit(Collection<FileDigest> files) throws IOException {
        files.forEach(digest -> digests.put(digest.file(), digest));
        List<FileDigest> sorted = new ArrayList<>(files);
        sorted.sort(ORDER);
        for (FileDigest digest : sorted) {
            String reason = digest.file().isBase() ? base(digest) : judge(digest);
            if (reason != null) {
                wrong.put(digest.file(), reason);
            }
            lastOfLevel.put(digest.file().level().number(), digest);
        }
        byLevel.clear();
    }

    /** What is wrong with which file; the others are good as far as can be told. */
    Map<LtxFile, String> wrong() {
        return wrong;
    }

    /** Whether the pages of a file were proved to be those that were captured. */
    boolean isProved(LtxFile file) {
        return proved.contains(file);
    }

    /** Checksum of the database as of a transaction, from the pages; {@link Proof#UNKNOWN} if it was not computed. */
    long checksumAt(TxId txId) {
        return checksums.getOrDefault(txId, Proof.UNKNOWN);
    }

    /** The pages of a file that starts at TXID 1 were compared with its proof when it was read. */
    private @Nullable String base(FileDigest digest) {
        ImageState state = ImageState.of(digest);
        Long known = checksums.get(digest.max());
        if (known != null && known != state.checksum()) {
            return String.format(
                    "its pages give database checksum %016x at transaction %s, those of another file %016x",
                    state.checksum(), digest.max(), known);
        }
        accept(digest, state);
        return null;
    }

    private @Nullable String judge(FileDigest digest) throws IOException {
        ImageState state = stateBefore(digest);
        if (state == null) {
            FileDigest last = lastOfLevel.get(digest.file().level().number());
            boolean follows = last != null
                    && last.max().value() + 1 == digest.min().value()
                    && !wrong.containsKey(last.file())
                    && last.post() != Proof.UNKNOWN
                    && digest.pre() != Proof.UNKNOWN;
            return last != null && follows && last.post() != digest.pre()
                    ? String.format(
                            "database checksum %016x before it, but %016x after %s (broken proof chain: a file of"
                                    + " another history?)",
                            digest.pre(), last.post(), last.file())
                    : null;
        }
        String reason = VerifyRun.contradiction(state, digest);
        if (reason == null) {
            state.apply(digest);
            byLevel.put(digest.file().level().number(), state);
            accept(digest, state);
        }
        return reason;
    }

    private void accept(FileDigest digest, ImageState state) {
        checksums.put(digest.max(), state.checksum());
        trusted.add(digest.file());
        manifest = null;
        reachable = null;
        if (digest.post() != Proof.UNKNOWN) {
            proved.add(digest.file());
        }
    }

    /** A state that a file can be applied to; null where nothing good comes before it. */
    private @Nullable ImageState stateBefore(FileDigest digest) throws IOException {
        ImageState level = byLevel.get(digest.file().level().number());
        if (level != null && level.precedes(digest)) {
            return level;
        }
        Manifest files = manifest;
        NavigableSet<TxId> ends = reachable;
        if (files == null || ends == null) {
            files = Manifest.of(trusted);
            ends = RestorePlanner.reachable(files);
            manifest = files;
            reachable = ends;
        }
        TxId from = digest.min().isFirst()
                ? null
                : ends.ceiling(new TxId(digest.min().value() - 1));
        if (from == null || from.compareTo(digest.max()) >= 0) {
            return null;
        }
        ImageState state = null;
        for (LtxFile file : RestorePlanner.plan("", files, RestoreTarget.at(from), LtxFile::createdAt)
                .files()) {
            FileDigest next = Objects.requireNonNull(digests.get(file));
            if (state == null) {
                state = ImageState.of(next);
            } else {
                state.apply(next);
            }
        }
        return state;
    }
}
