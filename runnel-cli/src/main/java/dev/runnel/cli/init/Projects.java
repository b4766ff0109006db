package dev.runnel.cli.init;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds out what a project is, and plans what it needs. */
public final class Projects {

    /** The first that knows the project decides. */
    private static final List<Detector> DETECTORS =
            List.of(new RailsDetector(), new ComposeDetector(), new SpringDetector(), new PlainDetector());

    private Projects() {}

    /** Plans; changes nothing. */
    public static Plan plan(Path directory, InitOptions options) throws IOException, InitException {
        if (!Files.isDirectory(directory)) {
            throw new InitException(directory + ": no such directory");
        }
        Project project = new Project(directory);
        for (Detector detector : DETECTORS) {
            Optional<Plan> plan = detector.plan(project, options);
            if (plan.isPresent()) {
                return plan.get();
            }
        }
        throw new InitException(directory
                + ": found neither a Rails application (config/database.yml), nor a Compose service or a Spring Boot"
                + " application with a SQLite database, nor a database file; write the configuration by hand, as"
                + " in etc/runnel.yml");
    }
}
