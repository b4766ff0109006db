package dev.runnel.cli;

import java.util.Properties;

/** {@code version}. */
final class VersionCommand implements Command {

    private final CliContext context;

    VersionCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public FlagSet flags() {
        return new FlagSet("version")
                .toggle("verbose", "Also print the Java version, the commit it was built from, and the platform.");
    }

    @Override
    public String about() {
        return """
                The version command prints the version.

                Usage:

                	%s version [arguments]
                """;
    }

    @Override
    public int run(FlagSet.Arguments arguments) throws CommandException {
        arguments.atMost(0);
        Properties build = BuildInfo.read();
        String version = build.getProperty("version");
        if (arguments.is("verbose")) {
            context.out()
                    .print("Version:      " + version
                            + "\nJava Version: " + System.getProperty("java.runtime.version")
                            + "\nGit Commit:   " + build.getProperty("commit")
                            + "\nCommit Time:  " + build.getProperty("commit.time")
                            + "\nOS/Arch:      " + System.getProperty("os.name") + "/" + System.getProperty("os.arch")
                            + "\n");
        } else {
            context.out().print(version + "\n");
        }
        return 0;
    }
}
