package dev.runnel.cli.config;

import java.util.List;

/** A configuration that cannot be used. The message lists every problem as {@code file:line: what is wrong}. */
public final class ConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    /** One problem that concerns no single line, such as a file that is not there. */
    public ConfigException(String message) {
        super(message);
    }

    /** All problems of one file; {@code problems} is not empty. */
    public ConfigException(String file, List<ConfigProblem> problems) {
        super(describe(file, problems));
    }

    private static String describe(String file, List<ConfigProblem> problems) {
        StringBuilder text = new StringBuilder();
        if (problems.size() > 1) {
            text.append(problems.size()).append(" errors in ").append(file);
        }
        for (ConfigProblem problem : problems) {
            text.append(text.isEmpty() ? "" : "\n").append(file).append(':');
            if (problem.line() > 0) {
                text.append(problem.line()).append(':');
            }
            text.append(' ').append(problem.message());
        }
        return text.toString();
    }
}
