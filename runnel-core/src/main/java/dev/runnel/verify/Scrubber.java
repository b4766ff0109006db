package dev.runnel.verify;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.PageMapCodec;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.EncryptedChangesetException;
import dev.runnel.ltx.Proof;
import dev.runnel.ltx.UnsupportedFormatVersionException;
import dev.runnel.model.TxId;
import dev.runnel.restore.RestorePlanner;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.UnreadableObjectException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads every object of a replica to its end and finds what is damaged or missing, what that costs and what still
 * restores. Changes nothing. Needs 12 bytes of memory for each page image in the replica.
 */
public final class Scrubber {

    private static final int ATTEMPTS = 3;
    private static final int ALL_PAGES = Integer.MAX_VALUE;

    private final ReplicaArchive archive;
    private final Consumer<String> progress;
    private final Map<LtxFile, FileDigest> digests = new LinkedHashMap<>();
    private final Map<LtxFile, Damage.Kind> kinds = new LinkedHashMap<>();
    private final Map<LtxFile, String> reasons = new LinkedHashMap<>();
    private Manifest listed = Manifest.EMPTY;

    /**
     * @param progress told the key of each object before it is read
     */
    public Scrubber(ReplicaArchive archive, Consumer<String> progress) {
        this.archive = archive;
        this.progress = progress;
    }

    /**
     * Lists the replica and reads all of it. Files that retention deletes meanwhile are left out.
     *
     * @throws IOException if the replica cannot be listed
     */
    public ScrubReport scrub() throws IOException {
        digests.clear();
        kinds.clear();
        reasons.clear();
        listed = archive.load();
        for (LtxFile file : listed.all().toList()) {
            progress.accept(archive.layout().key(file));
            read(file);
        }
        listed = listed.without(vanished());
        ChainAudit audit = new ChainAudit(digests.values());
        audit.wrong().forEach((file, reason) -> damaged(file, Damage.Kind.DAMAGED, reason));
        List<Damage> maps = new ArrayList<>();
        TxId witness = maps(audit, maps);
        TxId receipt = new ReceiptStore(archive).highest();
        if (witness == null || (receipt != null && receipt.compareTo(witness) > 0)) {
            witness = receipt;
        }
        return report(audit, Gaps.find(listed, witness), maps);
    }

    /** The files that were found whole by themselves. */
    Collection<FileDigest> digests() {
        return digests.values();
    }

    private void damaged(LtxFile file, Damage.Kind kind, String reason) {
        LtxFile place = Objects.requireNonNull(listed.find(file.level(), file.txIds()));
        kinds.put(place, kind);
        reasons.put(place, reason);
    }

    private void read(LtxFile file) throws IOException {
        IOException failure = null;
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                digests.put(file, digest(archive, file));
                return;
            } catch (EncryptedChangesetException | UnreadableObjectException e) {
                throw e; // for want of a key: that tells nothing of the file
            } catch (IOException e) {
                failure = e; // it may have been damaged on its way
            }
        }
        boolean corrupt =
                failure instanceof CorruptChangesetException || failure instanceof UnsupportedFormatVersionException;
        String message = failure == null || failure.getMessage() == null ? "" + failure : failure.getMessage();
        damaged(
                file,
                failure instanceof ObjectNotFoundException
                        ? Damage.Kind.MISSING
                        : corrupt ? Damage.Kind.DAMAGED : Damage.Kind.UNREADABLE,
                message);
    }

    /** Reads a file to its end. */
    static FileDigest digest(ReplicaArchive archive, LtxFile file) throws IOException {
        try (DigestReader reader = new DigestReader(file, archive.open(file), archive.describe(file))) {
            reader.read(ALL_PAGES);
            return reader.digest();
        }
    }

    /** Files that are gone, and are not listed any more: retention, not damage. */
    private List<LtxFile> vanished() throws IOException {
        List<LtxFile> gone = new ArrayList<>();
        if (kinds.containsValue(Damage.Kind.MISSING)) {
            Manifest now = archive.load();
            kinds.forEach((file, kind) -> {
                if (kind == Damage.Kind.MISSING && now.find(file.level(), file.txIds()) == null) {
                    gone.add(file);
                }
            });
            gone.forEach(kinds::remove);
        }
        return gone;
    }

    /** Reads the page maps. Returns the transaction of the newest. */
    private @Nullable TxId maps(ChainAudit audit, List<Damage> damages) throws IOException {
        TxId newest = archive.newestMap(new TxId(Long.MAX_VALUE));
        for (TxId txId = newest; txId != null; txId = before(txId)) {
            String key = archive.layout().mapKey(txId);
            progress.accept(key);
            String reason = mapDamage(audit, txId, key);
            if (reason != null) {
                damages.add(new Damage(Damage.Kind.PAGE_MAP, key, null, txId, reason, List.of()));
            }
        }
        return newest;
    }

    private @Nullable TxId before(TxId txId) throws IOException {
        return txId.isFirst() ? null : archive.newestMap(new TxId(txId.value() - 1));
    }

    private @Nullable String mapDamage(ChainAudit audit, TxId txId, String key) throws IOException {
        try (InputStream in = archive.openMap(txId)) {
            PageMap map = PageMapCodec.read(in, txId, key);
            long known = audit.checksumAt(txId);
            return known == Proof.UNKNOWN || known == map.databaseChecksum()
                    ? null
                    : String.format("database checksum %016x, but the files give %016x", map.databaseChecksum(), known);
        } catch (ObjectNotFoundException e) {
            return null; // replaced by a newer one meanwhile
        } catch (CorruptChangesetException e) {
            return e.getMessage();
        }
    }

    private ScrubReport report(ChainAudit audit, List<LtxFile> missing, List<Damage> maps) {
        List<LtxFile> ideal = new ArrayList<>(listed.all().toList());
        missing.forEach(gap -> ideal.addAll(Gaps.filling(gap)));
        Manifest whole = Manifest.of(ideal);
        NavigableSet<TxId> all = RestorePlanner.reachable(whole);
        NavigableSet<TxId> reachable = RestorePlanner.reachable(listed.without(kinds.keySet()));
        Points.Times times = times();

        List<Damage> damages = new ArrayList<>();
        kinds.forEach((file, kind) -> damages.add(new Damage(
                kind,
                archive.layout().key(file),
                file,
                null,
                Objects.requireNonNull(reasons.get(file)),
                cost(whole, all, List.of(file), times))));
        for (LtxFile gap : missing) {
            damages.add(new Damage(
                    Damage.Kind.MISSING,
                    archive.layout().key(gap),
                    gap,
                    null,
                    "level " + gap.level() + ": transactions " + gap.txIds().min() + " to "
                            + gap.txIds().max() + " are missing",
                    cost(whole, all, Gaps.filling(gap), times)));
        }
        damages.addAll(maps);
        NavigableSet<TxId> lost = new TreeSet<>(all);
        lost.removeAll(reachable);
        int unproved = (int) digests.keySet().stream()
                .filter(file -> !kinds.containsKey(file) && !audit.isProved(digestOf(file)))
                .count();
        return new ScrubReport(
                archive.describe(),
                listed.size(),
                listed.bytes(),
                unproved,
                damages,
                Points.group(reachable, all, times),
                Points.group(lost, all, times));
    }

    private Points.Times times() {
        Points.Times times =
                new Points.Times(digests.values().stream().map(FileDigest::file).toList());
        for (LtxFile file : kinds.keySet()) {
            try {
                times.header(file.max(), archive.header(file).timestamp());
            } catch (IOException e) {
                hint(file, times);
            }
        }
        return times;
    }

    private void hint(LtxFile file, Points.Times times) {
        try {
            Instant kept = archive.store().head(archive.layout().key(file)).timestamp();
            if (kept != null) {
                times.hint(file.max(), kept);
            }
        } catch (IOException e) {
            // then what the listing says, which follows anyway
        }
        times.hint(file.max(), file.createdAt());
    }

    private LtxFile digestOf(LtxFile file) {
        return Objects.requireNonNull(digests.get(file)).file();
    }

    private static List<Points> cost(
            Manifest whole, NavigableSet<TxId> all, Collection<LtxFile> without, Points.Times times) {
        NavigableSet<TxId> lost = new TreeSet<>(all);
        lost.removeAll(RestorePlanner.reachable(whole.without(without)));
        return Points.group(lost, all, times);
    }
}
