package dev.runnel.cli.init;

import java.io.IOException;
import java.util.Optional;

/** Knows one kind of project. */
interface Detector {

    /**
     * What to do to a project.
     *
     * @return empty if the project is of another kind
     * @throws InitException if it is of this kind, and something in it is not understood
     */
    Optional<Plan> plan(Project project, InitOptions options) throws IOException, InitException;
}
