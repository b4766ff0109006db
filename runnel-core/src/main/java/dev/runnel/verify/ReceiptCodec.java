package dev.runnel.verify;

import dev.runnel.json.JsonReader;
import dev.runnel.json.JsonText;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.model.TxId;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Receipts as JSON. Checksums and TXIDs are sixteen hexadecimal digits, times are RFC 3339 in UTC. */
public final class ReceiptCodec {

    private static final long VERSION = 1;

    private ReceiptCodec() {}

    /** The JSON of a receipt, in UTF-8. */
    public static byte[] encode(Receipt receipt) {
        StringBuilder out = new StringBuilder(256 + 120 * receipt.objects().size());
        out.append("{\n");
        field(out, "version", VERSION);
        field(out, "outcome", receipt.outcome().toString());
        field(out, "reason", receipt.reason());
        field(out, "txid", receipt.txId().toString());
        field(out, "state_time", receipt.stateTime());
        field(out, "verified_at", receipt.verifiedAt());
        Receipt.Database database = receipt.database();
        if (database != null) {
            field(out, "database_checksum", hex(database.checksum()));
            field(out, "pages", (long) database.pages());
            field(out, "page_size", (long) database.pageSize());
        }
        field(out, "mode", receipt.run().full() ? "full" : "incremental");
        field(out, "duration_ms", receipt.run().duration().toMillis());
        field(out, "runnel", receipt.run().version());
        Receipt.Whole whole = receipt.run().whole();
        if (whole != null) {
            field(out, "snapshot", whole.snapshot());
            field(out, "snapshot_read_at", whole.readAt());
        }
        out.append("  \"objects\": [");
        String separator = "\n";
        for (Receipt.CheckedObject object : receipt.objects()) {
            out.append(separator).append("    {\"key\": ");
            JsonText.quote(out, object.key());
            out.append(", \"size\": ").append(object.size()).append(", \"file_checksum\": \"");
            out.append(hex(object.fileChecksum())).append("\"}");
            separator = ",\n";
        }
        out.append(receipt.objects().isEmpty() ? "]\n}\n" : "\n  ]\n}\n");
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void field(StringBuilder out, String name, @Nullable Object value) {
        if (value == null) {
            return;
        }
        out.append("  \"").append(name).append("\": ");
        if (value instanceof Long number) {
            out.append(number.longValue());
        } else {
            JsonText.quote(out, value.toString());
        }
        out.append(",\n");
    }

    private static String hex(long checksum) {
        return String.format(Locale.ROOT, "%016x", checksum);
    }

    /**
     * Reads a receipt. Fields that it does not know are ignored.
     *
     * @throws CorruptChangesetException if it is damaged
     */
    public static Receipt decode(byte[] json, String resource) throws CorruptChangesetException {
        try {
            Map<String, ?> fields = JsonReader.object(new String(json, StandardCharsets.UTF_8));
            if (!Long.valueOf(VERSION).equals(fields.get("version"))) {
                throw new IllegalArgumentException("not a receipt of version " + VERSION);
            }
            return receipt(fields);
        } catch (IllegalArgumentException | ClassCastException | DateTimeException e) {
            CorruptChangesetException corrupt =
                    new CorruptChangesetException(resource, 0, "a receipt", String.valueOf(e.getMessage()));
            corrupt.initCause(e);
            throw corrupt;
        }
    }

    private static Receipt receipt(Map<?, ?> fields) {
        Outcome outcome = Outcome.valueOf(text(fields, "outcome").toUpperCase(Locale.ROOT));
        Receipt.Database database = outcome.isGood()
                ? new Receipt.Database(
                        checksum(fields, "database_checksum"),
                        Math.toIntExact(number(fields, "pages")),
                        Math.toIntExact(number(fields, "page_size")))
                : null;
        List<Receipt.CheckedObject> objects = new ArrayList<>();
        if (fields.get("objects") instanceof List<?> items) {
            for (Object item : items) {
                Map<?, ?> object = (Map<?, ?>) required(item, "an object");
                objects.add(new Receipt.CheckedObject(
                        text(object, "key"), number(object, "size"), checksum(object, "file_checksum")));
            }
        }
        return new Receipt(
                TxId.parse(text(fields, "txid")),
                fields.get("state_time") instanceof String time ? Instant.parse(time) : null,
                Instant.parse(text(fields, "verified_at")),
                database,
                objects,
                run(fields),
                outcome,
                fields.get("reason") instanceof String reason ? reason : null);
    }

    private static Receipt.Run run(Map<?, ?> fields) {
        Receipt.Whole whole = fields.get("snapshot") instanceof String snapshot
                ? new Receipt.Whole(snapshot, Instant.parse(text(fields, "snapshot_read_at")))
                : null;
        return new Receipt.Run(
                text(fields, "mode").equals("full"),
                Duration.ofMillis(number(fields, "duration_ms")),
                text(fields, "runnel"),
                whole);
    }

    private static String text(Map<?, ?> fields, String name) {
        return (String) required(fields.get(name), name);
    }

    private static long number(Map<?, ?> fields, String name) {
        return (Long) required(fields.get(name), name);
    }

    private static long checksum(Map<?, ?> fields, String name) {
        return Long.parseUnsignedLong(text(fields, name), 16);
    }

    private static Object required(@Nullable Object value, String name) {
        if (value == null) {
            throw new IllegalArgumentException("no " + name);
        }
        return value;
    }
}
