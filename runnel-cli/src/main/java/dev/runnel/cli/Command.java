package dev.runnel.cli;

/** One command. Made only when it is called. */
interface Command {

    /** The flags it takes, each with its help. */
    FlagSet flags();

    /** What it does and how it is called, in which {@code %s} stands for the name of the program. */
    String about();

    /** Its help, in which {@code %s} stands for the name of the program. */
    default String usage() {
        return about() + flags().help();
    }

    /**
     * Runs it.
     *
     * @return the exit code
     * @throws CommandException if the user can mend what is wrong
     * @throws Exception whatever else fails
     */
    int run(FlagSet.Arguments arguments) throws Exception;
}
