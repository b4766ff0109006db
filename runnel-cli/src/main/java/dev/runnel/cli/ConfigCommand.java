package dev.runnel.cli;

import dev.runnel.cli.config.ConfigLoader;
import dev.runnel.cli.config.ConfigNote;
import dev.runnel.cli.config.DatabaseConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.output.Json;
import dev.runnel.cli.output.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code config check}. */
final class ConfigCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    ConfigCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("config")
                .configuration()
                .toggle("offline", "Leave the replicas alone.")
                .json();
    }

    @Override
    public String about() {
        return """
                The config command checks the configuration: it prints every setting with where it comes
                from, secrets masked, and touches each replica: it puts, reads, lists and deletes an
                object. It fails if a replica cannot be used.

                Usage:

                	%s config check [arguments]
                """;
    }

    /** One heading with what stands below it. */
    private record Part(String title, List<Setting> settings) {}

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        List<String> words = arguments.positionals();
        if (words.isEmpty() || !words.get(0).equals("check")) {
            throw new CommandException("config: say what to do", "%s config check");
        }
        // Flags may stand behind "check", too: it is part of the command's name.
        FlagSet.Arguments rest = words.size() == 1 ? arguments : flags().parse(words.subList(1, words.size()));
        rest.atMost(words.size() == 1 ? 1 : 0);
        String file = rest.text("config") == null ? arguments.text("config") : rest.text("config");
        boolean expand = !rest.is("no-expand-env") && !arguments.is("no-expand-env");
        ConfigLoader loader = context.configLoader();
        RunnelConfig config = loader.load(file, expand);
        EffectiveSettings settings = new EffectiveSettings(config, loader.origins(file, expand), context.environment());
        List<Part> parts = new ArrayList<>();
        parts.add(new Part(loader.find(file).toString(), settings.global()));
        int failed = 0;
        for (DatabaseConfig database : config.databases()) {
            parts.add(new Part(
                    "database " + database.path(),
                    settings.database(
                            database, services.stateDirectory(database).toString())));
            for (ReplicaConfig replica : database.replicas()) {
                List<Setting> all = new ArrayList<>(settings.replica(database, replica));
                String error = null;
                if (!rest.is("offline") && !arguments.is("offline")) {
                    error = probe(replica, all);
                }
                failed += error == null ? 0 : 1;
                parts.add(new Part("replica " + replica.name() + " of " + database.path(), all));
            }
        }
        print(parts, config.notes(), rest.is("json") || arguments.is("json"));
        if (failed > 0) {
            throw new CommandException(failed + (failed == 1 ? " replica" : " replicas") + " cannot be used");
        }
        return 0;
    }

    private @Nullable String probe(ReplicaConfig replica, List<Setting> all) throws Exception {
        ProbeResult result = services.probe(replica, context);
        if (result.error() == null) {
            all.add(new Setting(
                    "probe",
                    "ok",
                    "put, get, list and delete in " + result.duration().toMillis() + " ms"));
            all.add(new Setting(
                    "second writer",
                    result.conditions() ? "found out" : "not found out in every case",
                    result.conditions() ? "the store refuses to overwrite" : "the store does not refuse to overwrite"));
        } else {
            all.add(new Setting("probe", "failed", result.error()));
        }
        return result.error();
    }

    private void print(List<Part> parts, List<ConfigNote> notes, boolean json) {
        if (json) {
            printJson(parts, notes);
            return;
        }
        for (Part part : parts) {
            context.out().print(part.title() + "\n");
            Table table = new Table("  setting", "value", "from");
            part.settings().forEach(setting -> table.row("  " + setting.key(), setting.value(), setting.from()));
            table.print(context.out());
            context.out().print("\n");
        }
        for (ConfigNote note : notes) {
            context.out().print("note: line " + note.line() + ": " + note.key() + ": " + note.message() + "\n");
        }
    }

    private void printJson(List<Part> parts, List<ConfigNote> notes) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (Part part : parts) {
            List<Map<String, Object>> settings = new ArrayList<>();
            for (Setting setting : part.settings()) {
                Map<String, Object> item = new LinkedHashMap<>();
                item.put("key", setting.key());
                item.put("value", setting.value());
                item.put("from", setting.from());
                settings.add(item);
            }
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("part", part.title());
            object.put("settings", settings);
            all.add(object);
        }
        List<Map<String, Object>> remarks = new ArrayList<>();
        for (ConfigNote note : notes) {
            Map<String, Object> item = new LinkedHashMap<>();
            item.put("line", note.line());
            item.put("key", note.key());
            item.put("message", note.message());
            remarks.add(item);
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("parts", all);
        document.put("notes", remarks);
        Json.print(context.out(), document);
    }
}
