package dev.runnel.lease;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.lease.Lease.Outcome;
import dev.runnel.lease.Writers.BadNetwork;
import dev.runnel.lease.Writers.Clock;
import dev.runnel.lease.Writers.Holder;
import dev.runnel.lease.Writers.TrueTime;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testing.Seeds;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LeaseTest {

    private static final String KEY = "app/lock.json";
    private static final LeaseTerms TERMS = LeaseTerms.DEFAULT;

    private final TrueTime time = new TrueTime();
    private final MemoryObjectStore truth = new MemoryObjectStore(time);
    private final BadNetwork store = new BadNetwork(truth);

    private Lease lease(Holder holder) {
        return new Lease(store, KEY, TERMS, holder, time);
    }

    private String stored() throws IOException {
        return new String(truth.readTail(KEY, 4096).bytes(), UTF_8);
    }

    private void pass(double seconds) {
        time.pass(Duration.ofMillis((long) (seconds * 1000)));
    }

    private static boolean holds(Lease lease) {
        try {
            lease.require();
            return true;
        } catch (LeaseLostException e) {
            return false;
        }
    }

    @Test
    void theFirstGetsItAndTheSecondIsToldWho() throws IOException {
        Lease a = lease(Holder.of("a"));
        Lease b = lease(Holder.of("b"));
        a.beforeListing();
        assertThat(holds(a)).isFalse();
        assertThat(a.acquire()).isEqualTo(Outcome.HELD);
        assertThat(holds(a)).isTrue();
        assertThat(a.tenure().text()).isEqualTo("held, epoch 1");
        assertThat(b.acquire()).isEqualTo(Outcome.TAKEN);
        assertThat(b.holder()).isEqualTo("a:1, epoch 1");
        assertThat(holds(b)).isFalse();
        assertThat(b.pollAfter()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    @Test
    void itIsLitestreamsObject() throws IOException {
        lease(Holder.of("a")).acquire();
        assertThat(stored())
                .startsWith("{\"generation\":1,\"expires_at\":\"2026-01-01T00:00:30Z\",\"owner\":\"a:1\"")
                .endsWith("}\n");
        truth.delete(List.of(KEY));
        String litestreams = "{\n  \"generation\": 41, \"expires_at\": \"2020-01-01T00:00:00.5Z\","
                + " \"owner\": \"quo\\\"te\\u0041:9\"\n}";
        truth.put(KEY, ObjectBody.of(litestreams.getBytes(UTF_8)), PutCondition.any(), null);
        Lease b = lease(Holder.of("b"));
        assertThat(b.acquire()).as("its clock may be wrong").isEqualTo(Outcome.TAKEN);
        assertThat(b.holder()).isEqualTo("quo\"teA:9, epoch 41");
        pass(30);
        assertThat(b.acquire()).isEqualTo(Outcome.HELD_ANEW);
        assertThat(b.tenure().text()).isEqualTo("held, epoch 42");
    }

    @Test
    void aHolderThatCannotRenewStopsBeforeItsSuccessorBegins() throws IOException {
        Lease a = lease(Holder.of("a"));
        Lease b = lease(Holder.of("b"));
        a.acquire();
        assertThat(b.acquire()).isEqualTo(Outcome.TAKEN);
        pass(23.9);
        assertThat(holds(a)).isTrue();
        pass(0.1);
        assertThat(holds(a)).isFalse();
        assertThat(b.acquire()).isEqualTo(Outcome.TAKEN);
        pass(6);
        assertThat(b.acquire()).isEqualTo(Outcome.HELD_ANEW);
        assertThat(b.tenure().text()).isEqualTo("held, epoch 2");
        assertThat(a.keep()).isNull();
        assertThat(a.isTaken()).isTrue();
        assertThat(a.acquire()).isEqualTo(Outcome.TAKEN);
        assertThat(a.holder()).isEqualTo("b:1, epoch 2");
    }

    @Test
    void aHolderThatRenewsKeepsIt() throws IOException {
        Lease a = lease(Holder.of("a"));
        Lease b = lease(Holder.of("b"));
        a.acquire();
        for (int i = 0; i < 60; i++) {
            pass(2);
            a.require();
            a.beginWrite();
            a.endWrite();
            assertThat(a.keep()).isLessThanOrEqualTo(Duration.ofSeconds(10));
            assertThat(b.acquire()).isEqualTo(Outcome.TAKEN);
        }
        assertThat(store.puts()).isBetween(12, 14); // one each 10 s
    }

    @Test
    void aLeaseThatLapsedIsRenewedIfNobodyTookIt() throws IOException {
        Lease a = lease(Holder.of("a"));
        a.beforeListing();
        a.acquire();
        pass(3600);
        assertThat(holds(a)).isFalse();
        assertThat(a.acquire()).isEqualTo(Outcome.HELD);
        assertThat(a.tenure().text()).isEqualTo("held, epoch 1");
    }

    @Test
    void aSuspendedMachineDoesNotTrustItsMonotonicClock() throws IOException {
        Lease suspended = new Lease(store, KEY, TERMS, Holder.of("s"), new FrozenMonotonic(time));
        suspended.acquire();
        assertThat(holds(suspended)).isTrue();
        pass(25);
        assertThat(holds(suspended)).isFalse();
    }

    private record FrozenMonotonic(TrueTime truth) implements dev.runnel.model.TimeSource {
        @Override
        public Instant now() {
            return truth.now();
        }

        @Override
        public long nanoTime() {
            return 42;
        }
    }

    @Test
    void handedOverAtOnce() throws IOException {
        Lease a = lease(Holder.of("a"));
        Lease b = lease(Holder.of("b"));
        b.beforeListing();
        a.acquire();
        assertThat(b.acquire()).isEqualTo(Outcome.TAKEN);
        a.release("stopping");
        assertThat(holds(a)).isFalse();
        assertThat(stored()).contains("\"expires_at\":\"2025-12-31T23:59:59.999Z\"");
        assertThat(b.acquire()).isEqualTo(Outcome.HELD_ANEW);
        b.listed();
        assertThat(b.acquire()).isEqualTo(Outcome.HELD);
        assertThat(b.tenure().text()).isEqualTo("held, epoch 2");
        a.release("stopping"); // it is not its own any more
        assertThat(holds(b)).isTrue();
        assertThat(b.keep()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void whatWasListedBeforeAFreeLeaseIsTakenNeedsNoSecondLook() throws IOException {
        Lease a = lease(Holder.of("a"));
        a.acquire();
        a.release("stopping");
        Lease b = lease(Holder.of("b"));
        b.beforeListing();
        assertThat(b.acquire()).isEqualTo(Outcome.HELD);
        Lease c = lease(Holder.of("c"));
        c.beforeListing();
        b.release("stopping");
        assertThat(c.acquire()).as("b wrote since").isEqualTo(Outcome.HELD_ANEW);
    }

    @Test
    void anIdleHolderCostsNothingAndComesBack() throws IOException {
        Lease a = lease(Holder.of("a"));
        a.beforeListing();
        a.acquire();
        Duration next = a.keep();
        while (next != null) {
            time.pass(next);
            next = a.keep();
        }
        int puts = store.puts();
        assertThat(puts).isLessThanOrEqualTo(8);
        assertThat(a.tenure().text()).isEqualTo("not held");
        assertThat(stored()).contains("\"released\":true");
        pass(36000);
        int looks = store.looks();
        assertThat(a.acquire()).isEqualTo(Outcome.HELD);
        assertThat(store.puts()).isEqualTo(puts + 1);
        assertThat(store.looks()).isEqualTo(looks);
    }

    @Test
    void itIsNotGivenBackWhileAWriteIsUnderWay() throws IOException {
        Lease a = lease(Holder.of("a"));
        a.acquire();
        a.beginWrite();
        for (int i = 0; i < 30; i++) {
            pass(10);
            assertThat(a.keep()).isNotNull();
        }
        a.endWrite();
        assertThat(a.keep()).isNotNull();
    }

    @Test
    void whoComesBackBehindAnotherLooksAgainOrIsRefused() throws IOException {
        Lease a = lease(Holder.of("a"));
        a.beforeListing();
        a.acquire();
        a.release("stopping");
        Lease b = lease(Holder.of("b"));
        b.acquire();
        assertThat(a.acquire()).isEqualTo(Outcome.TAKEN);
        b.release("stopping");
        assertThat(a.acquire()).isEqualTo(Outcome.HELD_ANEW);
        assertThat(a.tenure().text()).isEqualTo("held, epoch 3");
        a.release("stopping");
        Lease other = lease(Holder.of("other").withDatabase("other.db#2"));
        assertThat(other.acquire()).isEqualTo(Outcome.HELD_ANEW);
        assertThat(a.acquire()).isEqualTo(Outcome.FOREIGN);
        other.release("stopping");
        assertThat(a.acquire()).isEqualTo(Outcome.FOREIGN);
    }

    @Test
    void aPredecessorKnownToBeGoneIsNotWaitedFor() throws IOException {
        lease(Holder.of("a")).acquire();
        Lease b = lease(Holder.of("b").after("a"));
        assertThat(b.acquire()).isEqualTo(Outcome.HELD_ANEW);
        assertThat(b.tenure().text()).isEqualTo("held, epoch 2");
    }

    @Test
    void lostRepliesAndDoubledRequestsAreSettled() throws IOException {
        Lease a = lease(Holder.of("a"));
        store.loseReply();
        assertThat(a.acquire()).isEqualTo(Outcome.HELD_ANEW);
        a.listed();
        for (int i = 0; i < 4; i++) {
            pass(10);
            if (i % 2 == 0) {
                store.loseReply();
            } else {
                store.doubleRequest();
            }
            assertThat(a.keep()).isEqualTo(Duration.ofSeconds(10));
            assertThat(a.acquire()).isEqualTo(Outcome.HELD);
        }
        store.doubleRequest();
        a.release("stopping");
        assertThat(stored()).contains("\"released\":true");
        store.doubleRequest();
        assertThat(a.acquire()).isEqualTo(Outcome.HELD);
    }

    @Test
    void nothingIsWrittenOrDeletedWithoutIt() throws IOException {
        Lease a = lease(Holder.of("a"));
        FencedStore fenced = new FencedStore(truth, a);
        ObjectBody body = ObjectBody.of(new byte[3]);
        assertThatThrownBy(() -> fenced.put("k", body, PutCondition.any(), null))
                .isInstanceOf(LeaseLostException.class)
                .hasMessageContaining("nothing was written");
        assertThatThrownBy(() -> truth.head("k")).isInstanceOf(ObjectNotFoundException.class);
        a.acquire();
        fenced.put("k", body, PutCondition.any(), null);
        a.release("stopping");
        assertThatThrownBy(() -> fenced.delete(List.of("k"))).isInstanceOf(LeaseLostException.class);
        assertThat(fenced.head("k").size()).isEqualTo(3);
    }

    @Test
    void aDamagedLeaseIsWaitedForLikeAny() throws IOException {
        truth.put(KEY, ObjectBody.of("{\"generation\":x".getBytes(UTF_8)), PutCondition.any(), null);
        Lease a = lease(Holder.of("a"));
        assertThat(a.acquire()).isEqualTo(Outcome.TAKEN);
        assertThat(a.holder()).isEqualTo("an unknown writer");
        pass(30);
        assertThat(a.acquire()).isEqualTo(Outcome.HELD_ANEW);
    }

    /** Whatever the clocks say, no two hold it at one time, and when all but one are gone, that one gets it. */
    @Test
    void noTwoHoldItWhateverTheirClocksSay() throws IOException {
        Random random = Seeds.random("LeaseTest");
        for (int i = 0; i < 60; i++) {
            oneHistory(random.nextLong());
        }
    }

    private void oneHistory(long seed) throws IOException {
        Random random = new Random(seed);
        TrueTime now = new TrueTime();
        BadNetwork network = new BadNetwork(new MemoryObjectStore(now));
        network.meanwhile(() -> now.pass(Duration.ofMillis(random.nextInt(10) == 0 ? random.nextInt(40_000) : 5)));
        Clock[] clocks = new Clock[3];
        Lease[] leases = new Lease[3];
        for (int i = 0; i < leases.length; i++) {
            clocks[i] = new Clock(now, Duration.ofHours(random.nextInt(48) - 24), 0.9 + 0.2 * random.nextDouble());
            leases[i] = new Lease(network, KEY, TERMS, Holder.of("w" + i), clocks[i]);
        }
        for (int step = 0; step < 400; step++) {
            now.pass(Duration.ofMillis(random.nextInt(20) == 0 ? random.nextInt(60_000) : random.nextInt(2000)));
            int who = random.nextInt(leases.length);
            switch (random.nextInt(20)) {
                case 0 -> network.loseReply();
                case 1 -> network.doubleRequest();
                case 2 -> clocks[who].jump(Duration.ofMinutes(random.nextInt(20) - 10));
                case 3 -> leases[who].release("stopping");
                case 4, 5, 6, 7, 8, 9 -> leases[who].acquire();
                default -> leases[who].keep();
            }
            int holders = 0;
            for (Lease lease : leases) {
                holders += holds(lease) ? 1 : 0;
            }
            assertThat(holders).as("seed %d, step %d", seed, step).isLessThanOrEqualTo(1);
        }
        Lease last = leases[random.nextInt(leases.length)];
        Outcome outcome = last.acquire();
        for (int i = 0; i < 100 && outcome == Outcome.TAKEN; i++) {
            now.pass(Duration.ofSeconds(2));
            outcome = last.acquire();
        }
        assertThat(outcome).as("seed %d", seed).isIn(Outcome.HELD, Outcome.HELD_ANEW);
    }
}
