package dev.runnel.cli.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what one reading of a configuration file finds, so that all of it is reported at once. Not thread-safe. */
final class Diagnostics {

    private final Set<ConfigProblem> problems = new LinkedHashSet<>();
    private final Set<ConfigNote> notes = new LinkedHashSet<>();
    private final List<ConfigOrigins.Section> sections = new ArrayList<>();

    /** Records an error; the same error at the same place counts once. */
    void error(int line, String message) {
        problems.add(new ConfigProblem(line, message));
    }

    /** Records something that is accepted but worth telling. */
    void note(int line, String key, String message) {
        notes.add(new ConfigNote(line, key, message));
    }

    /** Records where the keys of one map of the file stand. */
    void section(ConfigOrigins.Section section) {
        sections.add(section);
    }

    /** Every map of the file that was read. */
    List<ConfigOrigins.Section> sections() {
        return List.copyOf(sections);
    }

    /** Errors in the order of their lines. */
    List<ConfigProblem> problems() {
        List<ConfigProblem> sorted = new ArrayList<>(problems);
        sorted.sort((a, b) -> Integer.compare(a.line(), b.line()));
        return sorted;
    }

    /** Notes in the order of their lines. */
    List<ConfigNote> notes() {
        List<ConfigNote> sorted = new ArrayList<>(notes);
        sorted.sort((a, b) -> Integer.compare(a.line(), b.line()));
        return sorted;
    }
}
