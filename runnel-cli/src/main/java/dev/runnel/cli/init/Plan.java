package dev.runnel.cli.init;

import java.util.List;

/**
 * What to do to a project.
 *
 * @param kind what the project is, for people
 * @param files the files looked after, in the order in which they are told; some may need no change
 * @param notes what the user should know or do
 */
public record Plan(String kind, List<FileChange> files, List<String> notes) {

    public Plan {
        files = List.copyOf(files);
        notes = List.copyOf(notes);
    }

    /** Those files that are new or change. */
    public List<FileChange> changes() {
        return files.stream().filter(file -> !file.isNone()).toList();
    }
}
