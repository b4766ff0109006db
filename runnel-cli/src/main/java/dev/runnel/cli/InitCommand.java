package dev.runnel.cli;

import dev.runnel.cli.init.Applier;
import dev.runnel.cli.init.FileChange;
import dev.runnel.cli.init.InitException;
import dev.runnel.cli.init.InitOptions;
import dev.runnel.cli.init.Plan;
import dev.runnel.cli.init.Projects;
import dev.runnel.cli.init.UnifiedDiff;
import java.nio.file.Path;
import java.util.List;

/** {@code init}. */
final class InitCommand implements Command {

    private final CliContext context;

    InitCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("init")
                .toggle("dry-run", "Print the changes as a unified diff, and change nothing.")
                .value("image", "NAME", "The container image of Runnel. Default: runnel")
                .value("app-root", "PATH", """
                        Where the application stands where its databases are replicated. Default: the
                        WORKDIR of the Dockerfile, or /rails, with Kamal and Compose; else paths stay relative.""");
    }

    @Override
    public String about() {
        return """
                The init command sets up a project to be replicated: it finds the databases of a Rails
                application (with Kamal or Compose), of Compose services, of a Spring Boot application, or the
                database files of any project, and writes what is missing. What is there stays, comments included; a
                second run changes nothing. A file that is not understood is left alone, with all others,
                and what to add by hand is printed.

                Usage:

                	%s init [arguments] [DIRECTORY]
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        arguments.atMost(1);
        List<String> words = arguments.positionals();
        Path directory =
                context.paths().expand(words.isEmpty() ? "." : words.get(0)).normalize();
        String image = arguments.text("image");
        String root = arguments.text("app-root");
        if (image != null && image.isBlank()) {
            throw new CommandException("invalid -image: it must not be empty");
        }
        if (root != null && !root.startsWith("/")) {
            throw new CommandException("invalid -app-root: it must be an absolute path");
        }
        try {
            Plan plan = Projects.plan(
                    directory,
                    new InitOptions(
                            image == null ? "runnel" : image,
                            root == null ? null : Path.of(root).normalize().toString()));
            if (arguments.is("dry-run")) {
                plan.changes().forEach(change -> context.out().print(UnifiedDiff.of(change)));
            } else {
                new Applier(directory).apply(plan);
                tell(plan);
            }
        } catch (InitException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        return 0;
    }

    private void tell(Plan plan) {
        StringBuilder text = new StringBuilder(plan.kind()).append('\n');
        for (FileChange file : plan.files()) {
            String what = file.isNone() ? "unchanged" : file.before() == null ? "created" : "changed";
            text.append(String.format("  %-10s %s%n", what, file.path()));
        }
        if (!plan.changes().isEmpty()) {
            plan.notes().forEach(note -> text.append("- ").append(note).append('\n'));
        }
        context.out().print(text);
    }
}
