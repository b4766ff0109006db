package dev.runnel.cli;

import dev.runnel.cli.output.HumanBytes;
import dev.runnel.cli.output.Rfc3339;
import dev.runnel.verify.Damage;
import dev.runnel.verify.Points;
import dev.runnel.verify.Repairer;
import dev.runnel.verify.ScrubReport;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints what {@code scrub} found. */
final class ScrubOutput {

    private ScrubOutput() {}

    static void print(PrintStream out, ScrubResult result) {
        StringBuilder text = new StringBuilder()
                .append(result.choice().path())
                .append(" (")
                .append(result.choice().replica().name())
                .append("): ");
        ScrubReport report = result.report();
        if (report == null) {
            out.print(text.append("unreadable: ").append(result.problem()).append('\n'));
            return;
        }
        if (report.objects() == 0) {
            out.print(text.append("nothing is stored there; check the path\n"));
            return;
        }
        text.append(report.objects()).append(" files, ").append(HumanBytes.format(report.bytes()));
        text.append(report.isWhole() ? ", whole" : ", " + report.damages().size() + " damaged or missing");
        text.append(
                report.unproved() == 0
                        ? "\n"
                        : "\n  " + report.unproved() + " files could not be compared with a proof\n");
        for (Damage damage : report.damages()) {
            text.append("  ")
                    .append(damage.kind())
                    .append("  ")
                    .append(damage.key())
                    .append('\n');
            text.append("    ").append(damage.reason()).append('\n');
            text.append(damage.lost().isEmpty() ? "    costs no point in time\n" : lines("    costs ", damage.lost()));
        }
        ScrubReport last = result.after() == null ? report : result.after();
        for (Repairer.Result repair : result.repairs()) {
            text.append("  ")
                    .append(repair.problem() == null ? "repaired  " : "not repaired  ")
                    .append(repair.damage().key())
                    .append(repair.problem() == null ? "" : ": " + repair.problem())
                    .append('\n');
        }
        text.append(lines("  lost ", last.lost()));
        text.append(last.restorable().isEmpty() ? "  restores nothing\n" : lines("  restores ", last.restorable()));
        out.print(text);
    }

    private static String lines(String prefix, List<Points> points) {
        StringBuilder text = new StringBuilder();
        for (Points group : points) {
            text.append(prefix).append(group.first());
            if (group.count() > 1) {
                text.append(" to ")
                        .append(group.last())
                        .append(", ")
                        .append(group.count())
                        .append(" points");
            }
            if (group.from() != null || group.to() != null) {
                text.append(" (").append(time(group.from()));
                text.append(group.count() > 1 ? " to " + time(group.to()) : "").append(')');
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String time(Points.@Nullable Moment time) {
        return time == null ? "time not known" : (time.exact() ? "" : "about ") + Rfc3339.format(time.at());
    }

    static Map<String, Object> toJson(ScrubResult result) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("path", result.choice().path());
        json.put("replica", result.choice().replica().name());
        ScrubReport report = result.report();
        if (report == null) {
            json.put("problem", String.valueOf(result.problem()));
            return json;
        }
        ScrubReport last = result.after() == null ? report : result.after();
        json.put("whole", last.isWhole());
        json.put("files", report.objects());
        json.put("bytes", report.bytes());
        json.put("unproved", report.unproved());
        List<Map<String, Object>> damages = new ArrayList<>();
        for (Damage damage : report.damages()) {
            Map<String, Object> item = new LinkedHashMap<>();
            item.put("kind", damage.kind().toString());
            item.put("key", damage.key());
            item.put("reason", damage.reason());
            item.put("lost", points(damage.lost()));
            for (Repairer.Result repair : result.repairs()) {
                if (repair.damage().equals(damage)) {
                    item.put("repaired", repair.problem() == null);
                    if (repair.problem() != null) {
                        item.put("not_repaired_because", repair.problem());
                    }
                }
            }
            damages.add(item);
        }
        json.put("damages", damages);
        json.put("lost", points(last.lost()));
        json.put("restorable", points(last.restorable()));
        return json;
    }

    private static List<Map<String, Object>> points(List<Points> points) {
        List<Map<String, Object>> items = new ArrayList<>();
        for (Points group : points) {
            Map<String, Object> item = new LinkedHashMap<>();
            item.put("first_txid", group.first().toString());
            item.put("last_txid", group.last().toString());
            item.put("points", group.count());
            putTime(item, "from", group.from());
            putTime(item, "to", group.to());
            items.add(item);
        }
        return items;
    }

    private static void putTime(Map<String, Object> item, String name, Points.@Nullable Moment time) {
        if (time != null) {
            item.put(name, time.at());
            if (!time.exact()) {
                item.put(name + "_is_about", true);
            }
        }
    }
}
