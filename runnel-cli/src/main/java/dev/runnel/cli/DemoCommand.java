package dev.runnel.cli;

/** {@code demo}. */
final class DemoCommand implements Command {

    private final CliContext context;
    private final CommandServices services;

    DemoCommand(CliContext context, CommandServices services) {
        this.context = context;
        this.services = services;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("demo");
    }

    @Override
    public String about() {
        return """
                The demo command shows Runnel at work, in half a minute and without any set-up:
                it makes a database in a temporary directory, writes to it from a second process,
                replicates it, destroys it, restores it, and proves that nothing is missing.

                Usage:

                	%s demo
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws Exception {
        arguments.atMost(0);
        return services.demo(context);
    }
}
