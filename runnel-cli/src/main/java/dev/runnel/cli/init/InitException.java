package dev.runnel.cli.init;

/** A project that cannot be set up by itself; the message says why and what to do by hand. Nothing was changed. */
public final class InitException extends Exception {

    private static final long serialVersionUID = 1L;

    /** A failure that the user can mend. */
    public InitException(String message) {
        super(message);
    }

    /** A file that is not understood, with the text that belongs there. */
    static InitException byHand(String file, String why, String where, String text) {
        return new InitException(file + ": " + why + ". Nothing was changed. Add by hand, " + where + ":\n\n"
                + text.indent(2).stripTrailing());
    }
}
