package dev.runnel.testkit.storage;

import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.ObjectTail;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A store on a bad day.
 *
 * <h2>Fault model</h2>
 *
 * <p>What is stored is never damaged: {@link #unwrap} is the truth, and a checker can always compare with it. Faults
 * are about what the caller is told.
 *
 * <ul>
 *   <li>{@link Fault#TRANSIENT}: the network or the service refuses. The caller repeats.
 *   <li>{@link Fault#DENIED}: a refusal that looks final and is not: permissions that take a while to arrive, a clock that
 *       is being set.
 *   <li>{@link Fault#LOST_REPLY}, {@link Fault#LOST_REQUEST}: the connection broke in the middle of a write. The caller
 *       cannot tell which of the two it was, and must look before it writes again.
 *   <li>{@link Fault#DOUBLED_REQUEST}: a proxy or an SDK repeated a write. The caller must look who wrote.
 *   <li>{@link Fault#FALSE_ABSENCE}: an old kind of service, or a cache of one that is not there yet.
 *   <li>{@link Fault#TRUNCATED_BODY}: the connection broke in the middle of a read. Never silent: the port promises so.
 *   <li>{@link Fault#FLIPPED_BIT}: a proxy, a bad memory, a bad disk. Checksums in the content must find it.
 *   <li>{@link Fault#WRONG_BODY}: a cache that mixes up its entries.
 *   <li>{@link Fault#PARTIAL_DELETE}: deleting many is not one step. Repeating it is safe.
 *   <li>{@link Fault#BROKEN_LISTING}: the next page did not come. What was listed before is true all the same.
 *   <li>{@link Fault#LAGGING_LISTING}: an old kind of service whose listings lag behind its writes. Outside the
 *       contract; callers should not lose data over it.
 *   <li>{@link State}: the whole store is down, gone or full, until it is set back.
 * </ul>
 *
 * <p>Not modelled: objects that change or vanish by themselves, writes that take effect after the caller has looked,
 * and clocks.
 *
 * <p>Whether a call is hit depends on the seed, the operation, the key and how many times that operation was called on
 * that key: not on the timing of threads. So a seed replays. Thread-safe.
 */
public final class FaultyObjectStore extends FilterObjectStore {

    /** Whether the store is there at all. */
    public enum State {
        /** Works, but for the faults of the plan. */
        UP,
        /** Every call fails for now. */
        DOWN,
        /** Every call fails for good: the bucket was removed, the key revoked. */
        GONE,
        /** Every put fails for good: no space left. */
        FULL
    }

    /** Called before each operation, on the thread of the caller. */
    @FunctionalInterface
    public interface LatencyHook {
        void before(StoreOperation operation, String key) throws InterruptedException;
    }

    private final long seed;
    private final RecentChanges changes = new RecentChanges();
    private final Map<Fault, Long> injected = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> occurrences = new ConcurrentHashMap<>();
    private volatile FaultPlan plan;
    private volatile State state = State.UP;
    private volatile LatencyHook latency = (operation, key) -> {};

    public FaultyObjectStore(ObjectStore delegate, long seed, FaultPlan plan) {
        super(delegate);
        this.seed = seed;
        this.plan = plan;
    }

    /** Changes what happens from now on, e.g. to {@link FaultPlan#none} for the end of a test. */
    public void setPlan(FaultPlan newPlan) {
        plan = newPlan;
    }

    public void setState(State newState) {
        state = newState;
    }

    public void setLatency(LatencyHook hook) {
        latency = hook;
    }

    /** How often a fault was injected. */
    public long injected(Fault fault) {
        return injected.getOrDefault(fault, 0L);
    }

    @Override
    public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
            throws IOException {
        Roll roll = enter(StoreOperation.PUT, key);
        if (state == State.FULL) {
            throw new StorageException("Object " + key + ": no space left in " + describe() + " (injected)");
        }
        if (roll.strikes(Fault.LOST_REQUEST)) {
            throw new IndeterminateWriteException("Object " + key + ": connection reset (injected, not written)");
        }
        ObjectEntry entry = super.put(key, body, condition, timestamp);
        changes.put(key, plan.listingLag());
        if (condition.isIfAbsent() || condition.etag() != null) {
            if (roll.strikes(Fault.DOUBLED_REQUEST)) {
                throw new PreconditionFailedException("Object " + key
                        + ": condition failed (injected, the request was doubled and is what is there)");
            }
        }
        if (roll.strikes(Fault.LOST_REPLY)) {
            throw new IndeterminateWriteException("Object " + key + ": connection reset (injected, written)");
        }
        return entry;
    }

    @Override
    public InputStream open(String key, long offset, long length) throws IOException {
        Roll roll = enter(StoreOperation.OPEN, key);
        denyPresence(roll, key);
        InputStream in = super.open(key, offset, length);
        if (length == 0) {
            return in;
        }
        if (roll.decides(Fault.FLIPPED_BIT)) {
            in = DamagedStream.flipping(in, roll.below(length), (int) roll.below(8), () -> count(Fault.FLIPPED_BIT));
        }
        if (roll.strikes(Fault.WRONG_BODY)) {
            in = DamagedStream.wrong(in, key);
        }
        if (roll.decides(Fault.TRUNCATED_BODY)) {
            in = DamagedStream.truncated(in, roll.below(length), key, () -> count(Fault.TRUNCATED_BODY));
        }
        return in;
    }

    @Override
    public ObjectTail readTail(String key, int maxLength) throws IOException {
        Roll roll = enter(StoreOperation.TAIL, key);
        denyPresence(roll, key);
        ObjectTail tail = super.readTail(key, maxLength);
        byte[] bytes = tail.bytes();
        if (bytes.length > 0 && roll.strikes(Fault.FLIPPED_BIT)) {
            bytes = bytes.clone();
            bytes[(int) roll.below(bytes.length)] ^= (byte) (1 << roll.below(8));
        }
        if (bytes.length > 0 && roll.strikes(Fault.WRONG_BODY)) {
            bytes = DamagedStream.wrong(new ByteArrayInputStream(bytes), key).readAllBytes();
        }
        return new ObjectTail(bytes, tail.objectSize());
    }

    @Override
    public ObjectEntry head(String key) throws IOException {
        denyPresence(enter(StoreOperation.HEAD, key), key);
        return super.head(key);
    }

    @Override
    public ObjectListing list(String prefix, @Nullable String startAfter) throws IOException {
        Roll roll = enter(StoreOperation.LIST, prefix);
        ObjectListing listing = super.list(prefix, startAfter);
        FaultPlan current = plan;
        if (current.listingLag() > 0) {
            LaggingListing lagging =
                    changes.lag(listing, prefix, startAfter, key -> roll.of(key).strikes(Fault.LAGGING_LISTING));
            listing = lagging;
        }
        return new BreakingListing(listing, roll);
    }

    @Override
    public void delete(Collection<String> keys) throws IOException {
        Roll roll = enter(
                StoreOperation.DELETE, keys.isEmpty() ? "" : keys.iterator().next());
        List<String> all = new ArrayList<>(keys);
        boolean partial = all.size() > 1 && roll.strikes(Fault.PARTIAL_DELETE);
        List<String> now = partial ? all.subList(0, 1 + (int) roll.below(all.size() - 1)) : all;
        if (plan.listingLag() > 0) {
            for (String key : now) {
                rememberDeleted(key);
            }
        }
        super.delete(now);
        if (partial) {
            throw new TransientStorageException(
                    "Deleted " + now.size() + " of " + all.size() + " objects in " + describe() + " (injected)");
        }
        if (!all.isEmpty() && roll.strikes(Fault.LOST_REPLY)) {
            throw new TransientStorageException(
                    "Deletion of " + all.get(0) + "...: connection reset (injected, deleted)");
        }
    }

    @Override
    public String describe() {
        return "faulty " + super.describe();
    }

    private static void denyPresence(Roll roll, String key) throws ObjectNotFoundException {
        if (roll.strikes(Fault.FALSE_ABSENCE)) {
            throw new ObjectNotFoundException("Object " + key + ": not found (injected)");
        }
    }

    private void rememberDeleted(String key) throws IOException {
        try {
            changes.delete(super.head(key), plan.listingLag());
        } catch (ObjectNotFoundException e) {
            // Nothing was there, so no listing could show it still.
        }
    }

    private Roll enter(StoreOperation operation, String key) throws StorageException {
        try {
            latency.before(operation, key);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransientStorageException("Object " + key + ": interrupted (injected latency)", e);
        }
        switch (state) {
            case DOWN ->
                throw new TransientStorageException("Object " + key + ": " + describe() + " is down (injected)");
            case GONE -> throw new StorageException("Object " + key + ": " + describe() + " is gone (injected)");
            default -> {}
        }
        int occurrence = occurrences
                .computeIfAbsent(operation + ":" + key, k -> new AtomicInteger())
                .incrementAndGet();
        Roll roll = new Roll(operation, key, occurrence);
        if (roll.strikes(Fault.TRANSIENT)) {
            throw new TransientStorageException("Object " + key + ": service unavailable (injected)");
        }
        if (roll.strikes(Fault.DENIED)) {
            throw new StorageException("Object " + key + ": access denied (injected)");
        }
        return roll;
    }

    private void count(Fault fault) {
        injected.merge(fault, 1L, Long::sum);
    }

    /** The dice of one call: a stream of numbers from seed, operation, key and occurrence. */
    private final class Roll {

        private final StoreOperation operation;
        private final int occurrence;
        private long hash;

        Roll(StoreOperation operation, String key, int occurrence) {
            this.operation = operation;
            this.occurrence = occurrence;
            this.hash = mix(mix(mix(seed ^ operation.name().hashCode()) ^ key.hashCode()) ^ occurrence);
        }

        /** The dice of one entry of a listing. */
        Roll of(String key) {
            return new Roll(operation, key, occurrence);
        }

        boolean decides(Fault fault) {
            double probability = plan.of(fault, operation);
            hash = mix(hash ^ fault.name().hashCode());
            return (hash >>> 11) * 0x1.0p-53 < probability;
        }

        boolean strikes(Fault fault) {
            boolean strikes = decides(fault);
            if (strikes) {
                count(fault);
            }
            return strikes;
        }

        long below(long bound) {
            hash = mix(hash);
            return Math.floorMod(hash, bound);
        }
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private final class BreakingListing implements ObjectListing {

        private final ObjectListing listing;
        private final Roll roll;

        BreakingListing(ObjectListing listing, Roll roll) {
            this.listing = listing;
            this.roll = roll;
        }

        @Override
        public @Nullable ObjectEntry next() throws IOException {
            if (roll.strikes(Fault.BROKEN_LISTING)) {
                throw new TransientStorageException("Listing of " + describe() + ": connection reset (injected)");
            }
            return listing.next();
        }

        @Override
        public void close() throws IOException {
            listing.close();
        }
    }
}
