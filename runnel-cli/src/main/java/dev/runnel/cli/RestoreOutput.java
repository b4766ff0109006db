package dev.runnel.cli;

import dev.runnel.archive.LtxFile;
import dev.runnel.cli.output.Json;
import dev.runnel.cli.output.Rfc3339;
import dev.runnel.cli.output.Table;
import dev.runnel.legacy.LegacyObject;
import dev.runnel.legacy.LegacyPlan;
import dev.runnel.model.TxId;
import dev.runnel.restore.ProofStatus;
import dev.runnel.restore.RestorePlan;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints plans and results of {@code restore}. */
public final class RestoreOutput {

    private RestoreOutput() {}

    /**
     * What a restore would fetch.
     *
     * @param source the argument the user gave, or the replica's place
     * @param target file that would be written
     * @param replica name of the replica
     * @param files the files
     */
    public record Plan(String source, Path target, String replica, RestorePlan files) {}

    /**
     * What a restore did.
     *
     * @param target file that was written
     * @param replica name of the replica
     * @param txid the last transaction in it
     * @param duration how long it took
     * @param integrityCheck what SQLite checked, successfully
     * @param proof whether its pages are proved to be those that were captured
     */
    public record Result(
            Path target,
            String replica,
            TxId txid,
            Duration duration,
            RestoreRequest.IntegrityCheck integrityCheck,
            ProofStatus proof) {}

    /**
     * What a restore from a replica of Litestream 0.3 would fetch.
     *
     * @param source the replica's place
     * @param target file that would be written
     * @param replica name of the replica
     * @param objects the snapshot and the WAL
     */
    public record LegacyPlanOutput(String source, Path target, String replica, LegacyPlan objects) {}

    /**
     * What a restore from a replica of Litestream 0.3 did.
     *
     * @param target file that was written
     * @param replica name of the replica
     * @param objects the snapshot and the WAL
     * @param duration how long it took
     * @param integrityCheck what SQLite checked, successfully
     */
    public record LegacyResult(
            Path target,
            String replica,
            LegacyPlan objects,
            Duration duration,
            RestoreRequest.IntegrityCheck integrityCheck) {}

    /** Prints a plan, as text with a table or as JSON. */
    public static void print(PrintStream out, LegacyPlanOutput plan, boolean json) {
        String generation = plan.objects().snapshot().generation();
        if (json) {
            Map<String, Object> object = header(plan.source(), plan.target(), plan.replica());
            object.put("generation", generation);
            object.put(
                    "files",
                    plan.objects().objects().stream().map(RestoreOutput::toJson).toList());
            Json.print(out, object);
            return;
        }
        out.print("Restore plan:\n"
                + "  source:     " + plan.source()
                + "\n  target:     " + plan.target()
                + "\n  replica:    " + plan.replica()
                + "\n  generation: " + generation + "\n\n");
        Table table = new Table("index", "file", "size", "timestamp");
        for (LegacyObject file : plan.objects().objects()) {
            table.row(index(file), name(file), file.size(), Rfc3339.format(file.createdAt()));
        }
        table.print(out);
    }

    /** What the JSON of every plan begins with. */
    private static Map<String, Object> header(String source, Path target, String replica) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("source", source);
        object.put("target_path", target.toString());
        object.put("replica", replica);
        return object;
    }

    private static Map<String, Object> toJson(LegacyObject file) {
        Map<String, Object> item = new LinkedHashMap<>();
        item.put("name", name(file));
        item.put("index", index(file));
        item.put("size", file.size());
        item.put("timestamp", Rfc3339.format(file.createdAt()));
        return item;
    }

    private static String index(LegacyObject object) {
        return String.format(Locale.ROOT, "%08x", object.index());
    }

    private static String name(LegacyObject object) {
        return object.key().substring(object.key().lastIndexOf('/') + 1);
    }

    /** Prints a result as JSON. */
    public static void printJson(PrintStream out, LegacyResult result) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("db_path", result.target().toString());
        object.put("replica", result.replica());
        object.put("generation", result.objects().snapshot().generation());
        object.put("index", index(result.objects().last()));
        object.put("duration_ms", result.duration().toMillis());
        object.put("integrity_check", result.integrityCheck().name().toLowerCase(Locale.ROOT));
        object.put("proof", ProofStatus.UNPROVED.name().toLowerCase(Locale.ROOT));
        Json.print(out, object);
    }

    /** Prints a plan, as text with a table or as JSON. */
    public static void print(PrintStream out, Plan plan, boolean json) {
        if (json) {
            Map<String, Object> object = header(plan.source(), plan.target(), plan.replica());
            object.put("min_txid", min(plan).toString());
            object.put("max_txid", plan.files().txId().toString());
            List<Map<String, Object>> files = new ArrayList<>();
            for (LtxFile file : plan.files().files()) {
                Map<String, Object> item = new LinkedHashMap<>();
                item.put("level", file.level().number());
                item.put("name", file.name());
                item.putAll(LtxFiles.toJson(file));
                files.add(item);
            }
            object.put("files", files);
            Json.print(out, object);
            return;
        }
        out.print("Restore plan:\n"
                + "  source:     " + plan.source()
                + "\n  target:     " + plan.target()
                + "\n  replica:    " + plan.replica()
                + "\n  txid range: " + min(plan) + "-" + plan.files().txId() + "\n\n");
        Table table = new Table("level", "file", "min_txid", "max_txid", "size", "timestamp");
        for (LtxFile file : plan.files().files()) {
            table.row(file.level(), file.name(), file.min(), file.max(), file.size(), Rfc3339.format(file.createdAt()));
        }
        table.print(out);
    }

    private static TxId min(Plan plan) {
        return plan.files().files().get(0).min();
    }

    /**
     * Prints a result as JSON.
     *
     * @param plain leave out what Litestream does not print
     */
    public static void printJson(PrintStream out, Result result, boolean plain) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("db_path", result.target().toString());
        object.put("replica", result.replica());
        object.put("txid", result.txid().toString());
        object.put("duration_ms", result.duration().toMillis());
        object.put("integrity_check", result.integrityCheck().name().toLowerCase(Locale.ROOT));
        if (!plain) {
            object.put("proof", result.proof().name().toLowerCase(Locale.ROOT));
        }
        Json.print(out, object);
    }
}
