package dev.runnel.age;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.EncryptedChangesetException;
import dev.runnel.model.TxId;
import dev.runnel.report.State;
import dev.runnel.report.Verification;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.UnreadableObjectException;
import dev.runnel.testkit.engine.EngineRig;
import dev.runnel.testkit.storage.Fault;
import dev.runnel.testkit.storage.FaultPlan;
import dev.runnel.testkit.storage.StoreOperation;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The engine on real databases, with replicas that are encrypted and that it can read. */
class EncryptedReplicaTest extends EncryptedEngineFixture {

    private EngineRig start() {
        return rig.store(keys.over(rig.store())).start();
    }

    /** Keys of the objects that hold data, with how they begin. */
    private List<String> objects() throws IOException {
        List<String> objects = new ArrayList<>();
        try (ObjectListing listing = rig.store().list("", null)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                if (!entry.key().endsWith(".json")) {
                    try (InputStream in = rig.store().open(entry.key(), 0, 3)) {
                        objects.add(entry.key() + " " + new String(in.readAllBytes(), ISO_8859_1));
                    }
                }
            }
        }
        return objects;
    }

    private long count(String prefix) throws IOException {
        return objects().stream().filter(object -> object.startsWith(prefix)).count();
    }

    @Test
    void everythingIsEncryptedMergedVerifiedAndRestored() throws IOException {
        rig.verifyEvery(Duration.ofMinutes(1));
        start();
        TxId txId = rig.sync();
        for (int i = 0; i < 6; i++) {
            change();
            txId = rig.sync();
            rig.pass(A_WHILE);
        }
        rig.assertStored(txId);
        assertThat(objects()).allMatch(object -> object.endsWith(" age"));
        assertThat(count("ltx/1/")).isPositive();
        assertThat(count("ltx/9/")).isEqualTo(1);
        assertThat(count("pages/")).isEqualTo(1);
        Verification verification =
                Objects.requireNonNull(rig.report().replicas().get(0).verification());
        assertThat(verification.failure()).isNull();
        assertThat(Objects.requireNonNull(verification.good()).proved()).isTrue();
        assertThat(rig.report().replicas().get(0).state()).isEqualTo(State.OK);
    }

    @Test
    void withoutLocalStateTheDifferenceIsStoredAndWhatWasThereMerged() throws IOException {
        start();
        rig.sync();
        change();
        rig.sync();
        rig.stop();
        rig.loseState();
        change();
        start();
        TxId txId = rig.sync();
        assertThat(count("ltx/9/")).isEqualTo(1);
        rig.pass(A_WHILE);
        assertThat(count("ltx/1/")).isPositive();
        rig.assertStored(txId);
    }

    @Test
    void withLocalStateMergesReadNothingOfTheReplica() throws IOException {
        start();
        rig.sync();
        change();
        TxId txId = rig.sync();
        rig.store().reset();
        rig.pass(A_WHILE);
        assertThat(count("ltx/1/")).isPositive();
        assertThat(rig.store().calls(StoreOperation.OPEN))
                .noneMatch(call -> call.key().startsWith("ltx/0/") && call.bytes() > 3);
        rig.assertStored(txId);
    }

    @Test
    void encryptionBeginsInAReplicaInTheClearAndKeysAreChanged() throws IOException {
        rig.store(rig.store()).start();
        TxId clear = rig.sync();
        String first = rig.sql(".dump");
        rig.stop();
        start();
        change();
        TxId encrypted = rig.sync();
        rig.stop();
        Keys next = Keys.generate();
        AgeIdentities both = AgeIdentities.parse(List.of(next.identity(), keys.identity()));
        rig.store(AgeObjectStore.forReplicas(rig.store(), both, next.recipients()))
                .start();
        change();
        TxId rotated = rig.sync();
        rig.pass(A_WHILE);
        rig.assertStored(rotated);
        assertThat(rotated).isGreaterThan(encrypted);
        assertThat(dev.runnel.testkit.engine.SqliteSession.once(rig.restore(clear), ".dump"))
                .isEqualTo(first);
        assertThat(count("ltx/9/")).isEqualTo(1);
        assertThatThrownBy(() -> rig.restore(keys.readingOnly(rig.store()), rotated))
                .isInstanceOf(UnreadableObjectException.class)
                .hasMessageContaining(keys.recipient());
    }

    @Test
    void withoutKeysTheErrorSaysThatItIsEncrypted() throws IOException {
        start();
        TxId txId = rig.sync();
        rig.stop();
        rig.loseState();
        rig.store().reset();
        assertThatThrownBy(() -> rig.restore(rig.store(), txId))
                .isInstanceOf(EncryptedChangesetException.class)
                .hasMessageContaining("is encrypted with age")
                .hasMessageContaining("age.identities");
        rig.store(rig.store()).start();
        rig.pass(A_WHILE);
        assertThat(rig.reason()).contains("is encrypted with age");
        assertThat(rig.puts()).isEmpty();
    }

    @Test
    void theWrongIdentityIsToldAndNothingIsStored() throws IOException {
        start();
        rig.sync();
        rig.stop();
        rig.loseState();
        rig.store().reset();
        Keys wrong = Keys.generate();
        rig.store(wrong.over(rig.store())).start();
        rig.pass(A_WHILE);
        assertThat(rig.reason()).contains("no identity matches").contains(wrong.recipient());
        assertThat(rig.puts()).isEmpty();
    }

    @Test
    void lostRepliesAreSettledAlthoughEveryCiphertextIsAnother() throws IOException {
        start();
        rig.sync();
        rig.faults().setPlan(LOST_WRITES);
        TxId txId = TxId.FIRST;
        for (int i = 0; i < 20; i++) {
            change();
            txId = rig.sync();
        }
        rig.faults().setPlan(FaultPlan.none());
        assertThat(rig.faults().injected(Fault.LOST_REPLY)).isGreaterThan(5);
        rig.pass(A_WHILE);
        assertThat(rig.report().replicas().get(0).state()).isEqualTo(State.OK);
        assertThat(count("ltx/9/")).isEqualTo(1);
        rig.assertStored(txId);
    }

    @Test
    void aDamagedObjectIsNamed() throws IOException {
        start();
        TxId txId = rig.sync();
        rig.stop();
        String key = objects().stream()
                .filter(object -> object.startsWith("ltx/9/"))
                .findFirst()
                .orElseThrow()
                .split(" ")[0];
        byte[] stored;
        try (InputStream in = rig.store().openWhole(key, rig.store().head(key).size())) {
            stored = in.readAllBytes();
        }
        for (int at : new int[] {184 + 1000, stored.length - 1}) {
            byte[] changed = stored.clone();
            changed[at] ^= 1;
            rig.store().put(key, ObjectBody.of(changed), PutCondition.any(), null);
            assertThatThrownBy(() -> rig.restore(keys.readingOnly(rig.store()), txId))
                    .isInstanceOf(CorruptChangesetException.class)
                    .hasMessageContaining(key);
        }
        byte[] cut = java.util.Arrays.copyOf(stored, 184 + 65552);
        rig.store().put(key, ObjectBody.of(cut), PutCondition.any(), null);
        assertThatThrownBy(() -> rig.restore(keys.readingOnly(rig.store()), txId))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining(key);
    }
}
