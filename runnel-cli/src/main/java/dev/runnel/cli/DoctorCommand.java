package dev.runnel.cli;

import dev.runnel.cli.config.RunnelConfig;
import dev.runnel.cli.output.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code doctor}. */
final class DoctorCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    DoctorCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("doctor").configuration().json();
    }

    @Override
    public String about() {
        return """
                The doctor command examines what the configuration names as a careful operator would:
                databases, their file systems and permissions, replicas, clocks and settings. Nothing is
                changed, but for an object that is put into each replica and deleted again. It fails if
                it finds a problem, and tells the remedy of each.

                Usage:

                	%s doctor [arguments]
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        arguments.atMost(0);
        RunnelConfig config = new Selection(context, arguments).config();
        List<Finding> findings = services.examine(config, context);
        if (arguments.is("json")) {
            printJson(findings);
        } else {
            print(findings);
        }
        long problems = findings.stream()
                .filter(finding -> finding.severity() == Finding.Severity.PROBLEM)
                .count();
        if (problems > 0) {
            throw new CommandException(problems == 1 ? "1 problem found" : problems + " problems found");
        }
        return 0;
    }

    private void print(List<Finding> findings) {
        StringBuilder text = new StringBuilder();
        String subject = "";
        for (Finding finding : findings) {
            if (!finding.subject().equals(subject)) {
                text.append(text.isEmpty() ? "" : "\n")
                        .append(finding.subject())
                        .append('\n');
                subject = finding.subject();
            }
            String mark = switch (finding.severity()) {
                case OK -> "  ok       ";
                case NOTE -> "  note     ";
                case WARNING -> "  warning  ";
                case PROBLEM -> "  PROBLEM  ";
            };
            text.append(mark).append(finding.text()).append('\n');
            if (!finding.remedy().isEmpty()) {
                text.append("           -> ").append(finding.remedy()).append('\n');
            }
        }
        context.out().print(text);
    }

    private void printJson(List<Finding> findings) {
        List<Map<String, Object>> items = new ArrayList<>();
        for (Finding finding : findings) {
            Map<String, Object> item = new LinkedHashMap<>();
            item.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
            item.put("subject", finding.subject());
            item.put("finding", finding.text());
            item.put("remedy", finding.remedy());
            items.add(item);
        }
        Json.print(context.out(), items);
    }
}
