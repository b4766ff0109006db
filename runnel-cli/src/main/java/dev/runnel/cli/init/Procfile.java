package dev.runnel.cli.init;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Has a process manager run the daemon. */
final class Procfile {

    private Procfile() {}

    /**
     * {@code Procfile} with a process that replicates.
     *
     * @param command of that process
     * @param web the line of the application, for a file that is new; null to make none
     */
    static Optional<FileChange> plan(Project project, String command, @Nullable String web)
            throws IOException, InitException {
        String before = project.read("Procfile");
        if (before == null && web == null) {
            return Optional.empty();
        }
        List<String> lines = new ArrayList<>();
        if (before == null && web != null) {
            lines.add(web);
        }
        if (before == null || before.lines().noneMatch(line -> line.matches("(litestream|runnel)\\s*:.*"))) {
            lines.add("litestream: " + command);
        }
        return Optional.of(new FileChange("Procfile", before, Texts.append(before, lines)));
    }
}
