package dev.runnel.cli;

import dev.runnel.cli.config.GoDuration;
import dev.runnel.cli.config.Suggestions;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flags of a command, with the rules of Go's {@code flag} package, which Litestream's users know: {@code -x} and
 * {@code --x} are the same, a value follows as {@code -x=v} or {@code -x v}, a boolean is {@code -b}, {@code -b=true} or
 * {@code -b=false} and never takes the next word, and the first word that is no flag, or {@code --}, ends the flags.
 *
 * <p>Not built on an options library: all of them take flags after positional arguments or spell short options another
 * way, and loading one costs more time than the rest of {@code runnel databases} together.
 */
final class FlagSet {

    private static final Map<String, Boolean> BOOLEANS = Map.ofEntries(
            Map.entry("1", true),
            Map.entry("t", true),
            Map.entry("T", true),
            Map.entry("true", true),
            Map.entry("TRUE", true),
            Map.entry("True", true),
            Map.entry("0", false),
            Map.entry("f", false),
            Map.entry("F", false),
            Map.entry("false", false),
            Map.entry("FALSE", false),
            Map.entry("False", false));

    /** Between the values of a flag that was given several times; no word of a command line has it. */
    private static final String SEPARATOR = "\0";

    private static final String CONFIG = "config";

    private enum Kind {
        VALUE,
        REPEATED,
        SWITCH
    }

    private final String command;
    private final Map<String, Kind> kinds = new LinkedHashMap<>();
    private final StringBuilder help = new StringBuilder();

    /** Flags of {@code command}; its name stands in hints. */
    FlagSet(String command) {
        this.command = command;
    }

    /**
     * Adds a flag that takes a value.
     *
     * @param operand what stands for the value in the help
     * @param text its help, of any number of lines
     */
    FlagSet value(String name, String operand, String text) {
        return add(Kind.VALUE, "-" + name + " " + operand, text, name);
    }

    /** Adds a flag that takes a value and may be given several times, see {@link Arguments#texts}. */
    FlagSet repeated(String name, String operand, String text) {
        return add(Kind.REPEATED, "-" + name + " " + operand, text, name);
    }

    /** Adds a flag that is on or off. */
    FlagSet toggle(String name, String text) {
        return add(Kind.SWITCH, "-" + name, text, name);
    }

    /** Adds two flags that are on or off and mean the same. */
    FlagSet toggle(String name, String other, String text) {
        return add(Kind.SWITCH, "-" + name + ", -" + other, text, name, other);
    }

    /** Adds a flag that is on or off, and that the help does not tell of: it asks for what is done anyway. */
    FlagSet toggleOfDefault(String name) {
        kinds.put(name, Kind.SWITCH);
        return this;
    }

    /** Adds {@code -config} and {@code -no-expand-env}. */
    FlagSet configuration() {
        return configuration("""
                The configuration file. Default: $RUNNEL_CONFIG, $LITESTREAM_CONFIG,
                /etc/runnel.yml, /etc/litestream.yml""");
    }

    /** Adds {@code -config} with a help of its own, and {@code -no-expand-env}. */
    FlagSet configuration(String text) {
        return value(CONFIG, "PATH", text)
                .toggle("no-expand-env", "Leave environment variables in the configuration file as they are.");
    }

    /** Adds {@code -json}. */
    FlagSet json() {
        return toggle("json", "Print JSON.");
    }

    private FlagSet add(Kind kind, String heading, String text, String... names) {
        for (String name : names) {
            kinds.put(name, kind);
        }
        help.append("\n\t").append(heading).append('\n');
        text.lines().forEach(line -> help.append("\t    ").append(line).append('\n'));
        return this;
    }

    /** The help of all flags, in the order in which they were added; empty if there are none. */
    String help() {
        return help.isEmpty() ? "" : "\nArguments:\n" + help;
    }

    /** Splits {@code words} into flags and positional arguments. */
    Arguments parse(List<String> words) throws CommandException {
        Map<String, String> values = new HashMap<>();
        int at = 0;
        while (at < words.size()) {
            String word = words.get(at);
            if (word.length() < 2 || word.charAt(0) != '-') {
                break;
            }
            at++;
            if (word.equals("--")) {
                break;
            }
            String flag = word.substring(word.startsWith("--") ? 2 : 1);
            int equals = flag.indexOf('=');
            String name = equals < 0 ? flag : flag.substring(0, equals);
            if (name.isEmpty() || name.charAt(0) == '-') {
                throw failure("bad flag syntax: " + word);
            }
            Kind kind = kinds.get(name);
            if (kind == null) {
                if (name.equals("h") || name.equals("help")) {
                    return new Arguments(Map.of(), List.of(), true);
                }
                throw unknown(name);
            }
            String earlier = kind == Kind.REPEATED ? values.get(name) : null;
            if (equals >= 0) {
                String text = flag.substring(equals + 1);
                values.put(name, kind == Kind.SWITCH ? bool(name, text) : text);
            } else if (kind == Kind.SWITCH) {
                values.put(name, "true");
            } else if (at < words.size()) {
                values.put(name, words.get(at++));
            } else {
                throw failure("flag needs an argument: -" + name);
            }
            if (earlier != null) {
                values.merge(name, earlier, (last, before) -> before + SEPARATOR + last);
            }
        }
        // As a script passes a variable that is not set: in Litestream, too, an empty path is no path.
        values.remove(CONFIG, "");
        return new Arguments(values, List.copyOf(words.subList(at, words.size())), false);
    }

    private String bool(String name, String text) throws CommandException {
        Boolean value = BOOLEANS.get(text);
        if (value == null) {
            throw failure("invalid boolean value \"" + text + "\" for -" + name + ": write -" + name + " or -" + name
                    + "=false");
        }
        return value.toString();
    }

    private CommandException unknown(String name) {
        String near = Suggestions.nearest(name, kinds.keySet());
        return failure(
                "flag provided but not defined: -" + name + (near == null ? "" : " (did you mean -" + near + "?)"));
    }

    private CommandException failure(String message) {
        return new CommandException(message, "%s " + command + " -help");
    }

    /**
     * The words of a command line, sorted.
     *
     * @param values text of each flag given; of a switch {@code true} or {@code false}
     * @param positionals the other arguments
     * @param help whether {@code -h} or {@code -help} was given
     */
    record Arguments(Map<String, String> values, List<String> positionals, boolean help) {

        /** Text of a flag, or null if it was not given. */
        @Nullable
        String text(String name) {
            return values.get(name);
        }

        /** Texts of a flag that may be given several times, in their order. */
        List<String> texts(String name) {
            String text = values.get(name);
            return text == null ? List.of() : List.of(text.split(SEPARATOR, -1));
        }

        /** Whether a flag was given. */
        boolean has(String name) {
            return values.containsKey(name);
        }

        /** Whether a switch is on. */
        boolean is(String name) {
            return "true".equals(values.get(name));
        }

        /** The length of time that a flag gives, or null if it was not given. */
        @Nullable
        Duration duration(String name) throws CommandException {
            String text = values.get(name);
            try {
                return text == null ? null : GoDuration.parse(text);
            } catch (IllegalArgumentException e) {
                throw new CommandException("invalid -" + name + ": " + e.getMessage());
            }
        }

        /**
         * The only positional argument.
         *
         * @param what what it is, for the error if there is none
         * @param hint the command line to try then
         */
        String only(String what, String hint) throws CommandException {
            if (positionals.isEmpty() || positionals.get(0).isEmpty()) {
                throw new CommandException(what + " required", hint);
            }
            atMost(1);
            return positionals.get(0);
        }

        /** Fails if there are more than {@code max} positional arguments. */
        void atMost(int max) throws CommandException {
            if (positionals.size() <= max) {
                return;
            }
            String extra = positionals.get(max);
            if (extra.startsWith("-")) {
                throw new CommandException("too many arguments: flags come before \"" + positionals.get(0) + "\", and "
                        + extra + " stands after it");
            }
            throw new CommandException("too many arguments: \"" + extra + "\"");
        }
    }
}
