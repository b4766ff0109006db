package dev.runnel.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.SampleReplica;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.restore.Fixture;
import dev.runnel.restore.NothingToRestoreException;
import dev.runnel.restore.RestorePlanner;
import dev.runnel.restore.RestoreTarget;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testing.ManualTime;
import dev.runnel.testing.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifierTest {

    @TempDir
    Path directory;

    private static VerifyRun verify(DamagedReplica replica, @Nullable VerifiedState before) throws IOException {
        return new Verifier(DamagedReplica.loaded(replica.store), SampleReplica.FIXED_TIME)
                .verify(new Verifier.Request(before, null, LocalChecksum.NONE));
    }

    private static List<LtxFile> plan(DamagedReplica replica) throws IOException {
        ReplicaArchive archive = DamagedReplica.loaded(replica.store);
        return RestorePlanner.plan("", archive.manifest(), RestoreTarget.newest(), archive::timestampOf)
                .files();
    }

    @Test
    void aWholeReplicaIsVerifiedStepByStep() throws IOException {
        Random random = Seeds.random("aWholeReplicaIsVerified");
        for (int round = 0; round < 20; round++) {
            DamagedReplica replica = DamagedReplica.history(random, true, 1 + random.nextInt(20), directory);
            VerifiedState state = null;
            for (int i = 0; i < 4; i++) {
                VerifyRun run = verify(replica, state);
                Receipt receipt = run.receipt();
                assertThat(receipt.outcome()).as("%s", receipt).isEqualTo(Outcome.VERIFIED);
                assertThat(receipt.txId()).isEqualTo(replica.sample.newest());
                assertThat(receipt.stateTime())
                        .isEqualTo(Objects.requireNonNull(replica.sample.times().get(replica.sample.newest())));
                state = Objects.requireNonNull(run.verified());
                assertThat(Objects.requireNonNull(receipt.database()).checksum())
                        .isEqualTo(state.map().databaseChecksum());
                replica.grow(random.nextInt(4), random.nextInt(3) == 0);
            }
        }
    }

    @Test
    void readsOnlyWhatIsNew() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 1, directory);
        replica.grow(5, false);
        VerifyRun first = verify(replica, null);
        assertThat(first.receipt().run().full()).isTrue();
        assertThat(first.receipt().objects()).hasSize(6);
        replica.grow(2, false);
        VerifyRun second = verify(replica, first.verified());
        assertThat(second.receipt().run().full()).isFalse();
        assertThat(second.receipt().objects()).hasSize(2);
        VerifyRun third = verify(replica, second.verified());
        assertThat(third.receipt().objects()).isEmpty();
        assertThat(third.receipt().outcome()).isEqualTo(Outcome.VERIFIED);

        replica.sample.snapshot();
        VerifyRun fourth = verify(replica, third.verified());
        assertThat(fourth.receipt().run().full())
                .as("a snapshot that was not there")
                .isTrue();
        assertThat(fourth.receipt().objects()).hasSize(1);
    }

    /** A snapshot that is stored late is behind what was verified, and was not read all the same. */
    @Test
    void aSnapshotThatComesLateIsRead() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 1, directory);
        replica.grow(2, false);
        replica.sample.snapshot();
        String late = replica.archive.layout().key(replica.newest(Level.SNAPSHOT));
        byte[] bytes = replica.get(late);
        replica.delete(late);
        replica.grow(1, false);
        VerifyRun before = verify(replica, null);
        replica.put(late, bytes);
        Receipt receipt = verify(replica, before.verified()).receipt();
        assertThat(receipt.run().full()).isTrue();
        assertThat(receipt.objects()).extracting(Receipt.CheckedObject::key).contains(late);
        assertThat(receipt.run().whole()).isEqualTo(new Receipt.Whole(late, SampleReplica.FIXED_TIME.now()));
    }

    @Test
    void whatIsReadIsReadAgainAfterThirtyDaysOrWhenNobodyKnowsWhen() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 1, directory);
        replica.grow(3, false);
        ManualTime time = new ManualTime();
        Verifier verifier = new Verifier(DamagedReplica.loaded(replica.store), time);
        VerifyRun last = verifier.verify(Verifier.Request.FULL);
        List<Integer> days = new ArrayList<>();
        for (int day = 1; day <= 61; day++) {
            time.advance(Duration.ofDays(1).toNanos());
            last = verifier.verify(new Verifier.Request(last.verified(), null, LocalChecksum.NONE));
            assertThat(last.receipt().objects()).hasSize(last.receipt().run().full() ? 4 : 0);
            if (last.receipt().run().full()) {
                days.add(day);
            }
        }
        assertThat(days).containsExactly(30, 60);
        VerifiedState state = Objects.requireNonNull(last.verified());
        Receipt.Whole tomorrow = new Receipt.Whole(
                Objects.requireNonNull(state.whole()).snapshot(), time.now().plus(Duration.ofDays(1)));
        for (Receipt.Whole whole : Arrays.asList(tomorrow, null)) {
            VerifiedState other = new VerifiedState(state.txId(), state.map(), whole);
            assertThat(verifier.verify(new Verifier.Request(other, null, LocalChecksum.NONE))
                            .receipt()
                            .run()
                            .full())
                    .as("read at %s", whole)
                    .isTrue();
        }
    }

    /** Each file of the chain in turn; a page that is silently another one is found by the proof alone. */
    @Test
    void anyDamageInTheChainFails() throws IOException {
        Random random = Seeds.random("anyDamageInTheChainFails");
        for (int round = 0; round < 5; round++) {
            DamagedReplica replica = DamagedReplica.history(random, true, 15, directory);
            for (LtxFile file : plan(replica)) {
                String key = replica.archive.layout().key(file);
                byte[] whole = replica.get(key);
                replica.flip(key);
                assertFailed(verify(replica, null), key);
                replica.put(key, whole);
                replica.rewriteWithAnotherPage(key);
                assertFailed(verify(replica, null), key);
                replica.put(key, whole);
                replica.truncate(key);
                assertFailed(verify(replica, null), key);
                replica.put(key, whole);
            }
            assertThat(verify(replica, null).receipt().outcome()).isEqualTo(Outcome.VERIFIED);
        }
    }

    private static void assertFailed(VerifyRun run, String key) {
        assertThat(run.receipt().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(run.receipt().reason()).contains(key);
        assertThat(run.verified()).isNull();
    }

    @Test
    void aMissingFileFails() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 1, directory);
        replica.grow(5, false);
        VerifiedState before = verify(replica, null).verified();
        replica.grow(3, false);
        replica.delete("db/0000/0000000000000008-0000000000000008.ltx");
        Receipt receipt = verify(replica, before).receipt();
        assertThat(receipt.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(receipt.reason()).contains("0000000000000008", "missing");
        assertThat(receipt.txId().value()).isEqualTo(9);
    }

    /** What was stored must be there: a listing alone cannot tell that its end is gone. */
    @Test
    void aMissingEndFails() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 1, directory);
        replica.grow(5, false);
        replica.delete("db/0000/0000000000000006-0000000000000006.ltx");
        Verifier verifier = new Verifier(DamagedReplica.loaded(replica.store), SampleReplica.FIXED_TIME);
        Receipt receipt = verifier.verify(new Verifier.Request(null, new TxId(6), LocalChecksum.NONE))
                .receipt();
        assertThat(receipt.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(receipt.reason()).contains("0000000000000005", "0000000000000006");
        replica.store.delete(replica.keys());
        assertThat(verifier.verify(new Verifier.Request(null, new TxId(6), LocalChecksum.NONE))
                        .receipt()
                        .outcome())
                .isEqualTo(Outcome.FAILED);
        assertThatThrownBy(() -> verifier.verify(Verifier.Request.FULL)).isInstanceOf(NothingToRestoreException.class);
    }

    @Test
    void theSourceIsCompared() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 6, directory);
        long checksum = Objects.requireNonNull(verify(replica, null).receipt().database())
                .checksum();
        Verifier verifier = new Verifier(DamagedReplica.loaded(replica.store), SampleReplica.FIXED_TIME);
        assertThat(verifier.verify(new Verifier.Request(null, null, txId -> checksum))
                        .receipt()
                        .outcome())
                .isEqualTo(Outcome.VERIFIED);
        Receipt other = verifier.verify(new Verifier.Request(null, null, txId -> checksum ^ 1))
                .receipt();
        assertThat(other.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(other.reason()).contains("the source has", Long.toHexString(checksum));
    }

    /** An earlier state that is wrong itself, or of another history, does no harm: everything is read. */
    @Test
    void anEarlierStateThatDoesNotFitIsLeftOut() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 1, directory);
        replica.grow(5, false);
        VerifiedState before = Objects.requireNonNull(verify(replica, null).verified());
        before.map().set(1, before.map().get(1) ^ 2);
        for (int more = 0; more < 2; more++) {
            Receipt receipt = verify(replica, before).receipt();
            assertThat(receipt.outcome()).isEqualTo(Outcome.VERIFIED);
            assertThat(receipt.run().full()).isTrue();
            replica.grow(1, false);
        }
    }

    @Test
    void replicasOfLitestreamAreUnproved() throws IOException {
        for (Fixture fixture : Fixture.all()) {
            Path copy = fixture.copyReplica(directory.resolve(fixture.toString()));
            Receipt receipt = new Verifier(Fixture.open(copy), SampleReplica.FIXED_TIME)
                    .verify(Verifier.Request.FULL)
                    .receipt();
            assertThat(receipt.outcome()).as("%s", fixture).isEqualTo(Outcome.UNPROVED);
        }
    }

    @Test
    void receiptsSurviveTheirFile() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 6, directory);
        Receipt good = verify(replica, null).receipt();
        assertThat(ReceiptCodec.decode(ReceiptCodec.encode(good), "r")).isEqualTo(good);
        replica.flip(replica.archive.layout().key(plan(replica).get(0)));
        Receipt failed = verify(replica, null).receipt();
        assertThat(failed.reason()).isNotNull();
        assertThat(ReceiptCodec.decode(ReceiptCodec.encode(failed), "r")).isEqualTo(failed);
        Receipt strange = new Receipt(
                TxId.FIRST,
                null,
                SampleReplica.START,
                null,
                List.of(new Receipt.CheckedObject("a\"b\\c\u0001\ud83d\ude00\u00e4", 1, -1)),
                new Receipt.Run(false, Duration.ofMillis(7), "1", null),
                Outcome.FAILED,
                "\n\t\"");
        assertThat(ReceiptCodec.decode(ReceiptCodec.encode(strange), "r")).isEqualTo(strange);
    }

    /** Whatever is cut off or put in, a receipt is read or refused, never taken for something else's defect. */
    @Test
    void damagedReceiptsAreRefused() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 6, directory);
        String json = new String(ReceiptCodec.encode(verify(replica, null).receipt()), StandardCharsets.UTF_8);
        Random random = Seeds.random("damagedReceiptsAreRefused");
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            StringBuilder changed = new StringBuilder(json);
            int at = random.nextInt(json.length());
            if (random.nextBoolean()) {
                changed.setLength(at);
            } else {
                changed.setCharAt(at, "{}[]\",:0 n\\".charAt(random.nextInt(11)));
            }
            try {
                ReceiptCodec.decode(changed.toString().getBytes(StandardCharsets.UTF_8), "r");
            } catch (CorruptChangesetException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
        assertThatThrownBy(() -> ReceiptCodec.decode("[".repeat(100_000).getBytes(StandardCharsets.UTF_8), "r"))
                .isInstanceOf(CorruptChangesetException.class);
    }

    @Test
    void theNewestReceiptsStayAndTheNewestGoodOne() throws IOException {
        DamagedReplica replica = DamagedReplica.history(new Random(3), true, 6, directory);
        MemoryObjectStore store = replica.store;
        ReceiptStore receipts = new ReceiptStore(replica.archive);
        assertThat(receipts.newest()).isNull();
        ManualTime time = new ManualTime();
        Verifier verifier = new Verifier(DamagedReplica.loaded(store), time);
        Receipt good = verifier.verify(Verifier.Request.FULL).receipt();
        receipts.put(good);
        replica.flip(replica.archive.layout().key(replica.newest(Level.SNAPSHOT)), 900);
        replica.flip(replica.archive.layout().key(plan(replica).get(0)), 901);
        List<String> before = replica.keys();
        for (int i = 0; i < ReceiptStore.KEPT + 5; i++) {
            time.advance(1_000_000_000);
            receipts.put(verifier.verify(Verifier.Request.FULL).receipt());
        }
        assertThat(receipts.newestGood()).isEqualTo(good);
        assertThat(Objects.requireNonNull(receipts.newest()).verifiedAt()).isEqualTo(time.now());
        List<String> names = new ArrayList<>();
        try (var listing = store.list("db/receipts/", null)) {
            for (var entry = listing.next(); entry != null; entry = listing.next()) {
                names.add(entry.key());
            }
        }
        assertThat(names).hasSize(ReceiptStore.KEPT + 1);
        assertThat(names.get(0)).matches("db/receipts/[0-9a-f]{16}-[0-9]{8}T[0-9]{6}Z\\.json");
        replica.archive.load();
        assertThat(replica.keys()).as("receipts are no files of a level").isEqualTo(before);
    }
}
