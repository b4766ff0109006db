package dev.runnel.testkit.world;

import dev.runnel.archive.LtxFile;
import dev.runnel.model.TxId;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.ReplicaReport;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.restore.TimestampOutOfRangeException;
import dev.runnel.restore.TransactionNotAvailableException;
import dev.runnel.testkit.storage.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What the database was at each transaction, as far as anybody looked, and what the replicas must therefore give. A
 * transaction can have been several things: what a killed process captured and did not store, its successor captures anew.
 */
final class Chronicle {

    private static final int SAMPLES = 6;

    private static final Set<Fault> LEAVE_OVER =
            EnumSet.of(Fault.LAGGING_LISTING, Fault.FALSE_ABSENCE, Fault.PARTIAL_DELETE, Fault.LOST_REPLY);

    private final Path database;
    private final List<WorldReplica> replicas;
    private final SqliteApplication observer;
    private final Path copy;
    private final Coverage coverage;
    private final Trail trail;
    private final Map<Long, Set<Long>> images = new HashMap<>();
    private final Map<String, Long> stored = new HashMap<>();
    private final Map<String, Instant> firstStored = new HashMap<>();
    private final Map<String, Long> counters = new HashMap<>();
    private long cuts;
    private boolean clockJumped;

    Chronicle(
            Path database,
            List<WorldReplica> replicas,
            SqliteApplication observer,
            Path copy,
            Coverage coverage,
            Trail trail) {
        this.database = database;
        this.replicas = replicas;
        this.observer = observer;
        this.copy = copy;
        this.coverage = coverage;
        this.trail = trail;
    }

    /** A new engine begins to count. */
    void born() {
        cuts = 0;
        counters.clear();
    }

    /** The engine is gone, perhaps in the middle of a cut that its successor finds. */
    void died(DatabaseReport lastWords) throws IOException {
        if (Files.exists(database) && Files.size(database) > 0) {
            Image image = truth().image();
            if (lastWords.counters().getOrDefault("cuts", 0L) > cuts) {
                note(lastWords.txId(), image);
            }
            note(lastWords.txId() + 1, image);
        }
    }

    /** The database goes away: what it was may still be captured by an engine that has not noticed. */
    void goodbye(long captured) throws IOException {
        if (Files.exists(database) && Files.size(database) > 0) {
            note(captured + 1, truth().image());
        }
    }

    void clockJumped() {
        clockJumped = true;
    }

    private Truth truth() throws IOException {
        Truth truth = Truth.of(database, observer, copy);
        if (!truth.isSound()) {
            throw new AssertionError("the source is harmed: " + truth.verdict());
        }
        return truth;
    }

    private void note(long txId, Image image) {
        images.computeIfAbsent(txId, id -> new HashSet<>()).add(image.checksum());
    }

    /** Holds what the engine reports against what is there. */
    void observe(DatabaseReport report, Instant now) throws IOException {
        long cutsNow = report.counters().getOrDefault("cuts", 0L);
        long captured = report.txId();
        if (cutsNow > cuts) {
            cuts = cutsNow;
            trail.add("captured " + captured + " at " + now);
            if (Files.exists(database)) {
                note(captured, truth().image());
            }
        }
        report.counters().forEach((counter, count) -> {
            long before = counters.getOrDefault(counter, 0L);
            if (count > before && counter.startsWith("reconciles")) {
                trail.add(counter);
            }
            counters.put(counter, count);
        });
        for (ReplicaReport replica : report.replicas()) {
            Long before = stored.put(replica.name(), replica.txId());
            if (replica.txId() > 0 && (before == null || before != replica.txId())) {
                trail.add(replica.name() + " holds " + replica.txId());
                firstStored.putIfAbsent(replica.name(), now);
                verify(byName(replica.name()), replica.txId());
            }
        }
    }

    private WorldReplica byName(String name) {
        return replicas.stream()
                .filter(replica -> replica.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void verify(WorldReplica replica, long atLeast) throws IOException {
        WorldReplica.Restored restored = replica.restore(RestoreTarget.newest());
        if (restored.txId() < atLeast) {
            throw new AssertionError(
                    replica.name() + " says that it holds " + atLeast + ", and gives " + restored.txId());
        }
        verify(replica, restored);
    }

    private void verify(WorldReplica replica, WorldReplica.Restored restored) {
        Set<Long> known = images.get(restored.txId());
        if (known == null) {
            coverage.count("verify.unknown");
        } else if (known.contains(restored.image().checksum())) {
            coverage.count("verify.known");
        } else {
            throw new AssertionError(replica.name() + " gives at " + restored.txId() + " " + restored.image()
                    + ", which the database never was");
        }
    }

    /** Everything is stored everywhere. */
    void requireStored() throws IOException {
        if (!Files.exists(database) || Files.size(database) == 0) {
            return;
        }
        Truth truth = truth();
        for (WorldReplica replica : replicas) {
            WorldReplica.Restored restored = replica.restore(RestoreTarget.newest());
            String differences = restored.image().differences(truth.image());
            if (!differences.isEmpty()) {
                throw new AssertionError(
                        replica.name() + " at " + restored.txId() + " against the source: " + differences);
            }
            String verdict = Truth.settled(observer, restored.file()).verdict();
            if (!verdict.equals(truth.verdict())) {
                throw new AssertionError(replica.name() + " restores to " + verdict);
            }
            coverage.count("verify.barrier");
        }
    }

    /** What can be restored of the past is what was. */
    void requirePast(Instant now, Dice dice) throws IOException {
        for (WorldReplica replica : replicas) {
            List<LtxFile> files = replica.files();
            TxId earliest = files.stream()
                    .filter(LtxFile::isBase)
                    .map(LtxFile::max)
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
            files = files.stream()
                    .filter(file -> file.max().compareTo(earliest) >= 0)
                    .toList();
            for (int i = 0; i < SAMPLES; i++) {
                TxId txId = dice.of(files).max();
                try {
                    verify(replica, replica.restore(RestoreTarget.at(txId)));
                    coverage.count("verify.past");
                } catch (TransactionNotAvailableException e) {
                    verify(replica, replica.restore(RestoreTarget.at(carrier(replica, files, txId, e))));
                    coverage.count("verify.leftOver");
                }
            }
            List<Instant> instants = new ArrayList<>();
            long window = replica.scenario().retention().toMillis();
            for (int i = 0; i < SAMPLES; i++) {
                instants.add(now.minusMillis(Math.floorMod(dice.anyLong(), window)));
            }
            for (Instant instant : instants) {
                try {
                    verify(replica, replica.restore(RestoreTarget.before(instant)));
                    coverage.count("verify.instant");
                } catch (TimestampOutOfRangeException e) {
                    if (!clockJumped && isOlder(replica, instant)) {
                        throw new AssertionError(replica.name() + " has forgotten " + instant, e);
                    }
                }
            }
        }
    }

    /**
     * The end of what carries a transaction that cannot be restored, because the files that end there are left over: those
     * before them were deleted, since a file of a higher level carries them all, and they were not. That takes a deletion
     * that was told to have failed or did in part, a file that a listing or a read did not tell of, or a clock that was
     * set.
     *
     * @throws TransactionNotAvailableException {@code e}, if it is anything else
     */
    private TxId carrier(WorldReplica replica, List<LtxFile> files, TxId txId, TransactionNotAvailableException e)
            throws TransactionNotAvailableException {
        if (!clockJumped
                && LEAVE_OVER.stream().noneMatch(fault -> replica.store().injected(fault) > 0)) {
            throw e;
        }
        LtxFile highest = null;
        for (LtxFile ending : files) {
            if (ending.max().equals(txId)) {
                LtxFile carrier = files.stream()
                        .filter(file -> carries(file, ending))
                        .max(Comparator.comparing(LtxFile::level))
                        .orElse(null);
                if (carrier == null) {
                    throw e;
                }
                highest = highest == null || carrier.level().compareTo(highest.level()) > 0 ? carrier : highest;
            }
        }
        return Objects.requireNonNull(highest).max();
    }

    private static boolean carries(LtxFile file, LtxFile other) {
        return !file.isBase()
                && file.level().compareTo(other.level()) > 0
                && file.min().compareTo(other.min()) <= 0
                && file.max().compareTo(other.max()) > 0;
    }

    /** Whether the replica is older than that, so that it must know it. */
    private boolean isOlder(WorldReplica replica, Instant instant) {
        Instant first = firstStored.get(replica.name());
        return first != null && first.isBefore(instant);
    }
}
