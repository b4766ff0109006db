package dev.runnel.cli;

import org.jspecify.annotations.Nullable;

/** A command that cannot do what the user wants, for a reason the user understands. Never shown with a stack trace. */
public final class CommandException extends Exception {

    private static final long serialVersionUID = 1L;

    private final @Nullable String hint;

    /**
     * A failure.
     *
     * @param message what is wrong
     * @param hint what to try instead; null for none
     */
    public CommandException(String message, @Nullable String hint) {
        super(message);
        this.hint = hint;
    }

    /** A failure without a hint. */
    public CommandException(String message) {
        this(message, null);
    }

    /** What to try instead; null for none. */
    public @Nullable String hint() {
        return hint;
    }
}
