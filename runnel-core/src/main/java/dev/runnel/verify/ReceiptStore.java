package dev.runnel.verify;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.TxId;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.io.InputStream;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The receipts beside a replica, {@code <path>/receipts/<txid>-<yyyymmddThhmmssZ>.json}. The newest ones are kept, and the
 * newest good one always. Others who use the replica ignore them. Thread-safe.
 */
public final class ReceiptStore {

    /** How many receipts are kept. */
    public static final int KEPT = 30;

    private static final Pattern NAME = Pattern.compile("([0-9a-f]{16})-([0-9]{8}T[0-9]{6}Z)\\.json");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Comparator<Name> NEWEST_FIRST =
            Comparator.comparing(Name::time).thenComparing(Name::txId).reversed();

    private final ReplicaArchive archive;
    private final ObjectStore store;
    private final String prefix;

    /** The receipts of a replica, which need not be loaded. */
    public ReceiptStore(ReplicaArchive archive) {
        this.archive = archive;
        this.store = archive.store();
        this.prefix = archive.layout().key("receipts/");
    }

    private record Name(String key, TxId txId, String time) {}

    /** Stores a receipt, and deletes the oldest ones. Of two in one second the last wins. */
    public void put(Receipt receipt) throws IOException {
        String key = prefix + receipt.txId() + "-" + TIME.format(receipt.verifiedAt()) + ".json";
        store.put(key, ObjectBody.of(ReceiptCodec.encode(receipt)), PutCondition.any(), receipt.verifiedAt());
        List<Name> names = names();
        if (names.size() > KEPT) {
            String good = keyOfNewestGood(names);
            store.delete(names.subList(KEPT, names.size()).stream()
                    .map(Name::key)
                    .filter(old -> !old.equals(good))
                    .toList());
        }
    }

    /** The newest receipt whose outcome is good; null if there is none. Damaged receipts are passed over. */
    public @Nullable Receipt newestGood() throws IOException {
        for (Name name : names()) {
            Receipt receipt = read(name.key());
            if (receipt != null && receipt.outcome().isGood()) {
                return receipt;
            }
        }
        return null;
    }

    /** The newest receipt whose outcome is not good; null if there is none. Damaged receipts are passed over. */
    public @Nullable Receipt newestFailed() throws IOException {
        for (Name name : names()) {
            Receipt receipt = read(name.key());
            if (receipt != null && !receipt.outcome().isGood()) {
                return receipt;
            }
        }
        return null;
    }

    /** The newest receipt, whatever its outcome; null if there is none. Damaged receipts are passed over. */
    public @Nullable Receipt newest() throws IOException {
        for (Name name : names()) {
            Receipt receipt = read(name.key());
            if (receipt != null) {
                return receipt;
            }
        }
        return null;
    }

    /** The highest transaction of any receipt, from their names; null for none. */
    @Nullable
    TxId highest() throws IOException {
        return names().stream().map(Name::txId).max(Comparator.naturalOrder()).orElse(null);
    }

    private @Nullable String keyOfNewestGood(List<Name> names) throws IOException {
        for (Name name : names) {
            Receipt receipt = read(name.key());
            if (receipt != null && receipt.outcome().isGood()) {
                return name.key();
            }
        }
        return null;
    }

    private @Nullable Receipt read(String key) throws IOException {
        try {
            long size = store.head(key).size();
            try (InputStream in = store.open(key, 0, size)) {
                return ReceiptCodec.decode(in.readAllBytes(), store.describe() + "/" + key);
            }
        } catch (ObjectNotFoundException | CorruptChangesetException e) {
            return null;
        }
    }

    private List<Name> names() throws IOException {
        List<Name> names = new ArrayList<>();
        try (ObjectListing listing = store.list(prefix, null)) {
            for (ObjectEntry entry = listing.next(); entry != null; entry = listing.next()) {
                Matcher matcher = NAME.matcher(entry.key().substring(prefix.length()));
                if (matcher.matches()) {
                    names.add(new Name(entry.key(), TxId.parse(matcher.group(1)), matcher.group(2)));
                }
            }
        }
        names.sort(NEWEST_FIRST);
        return names;
    }

    @Override
    public String toString() {
        return archive.describe() + "/receipts";
    }
}
