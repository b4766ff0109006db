package dev.runnel.benchmarks;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the command line says.
 *
 * @param directory where databases and replicas go
 * @param seconds how long a flat-out writer writes, and how long idleness is watched twice
 * @param commits how many lone commits, and how many large ones
 * @param megabytes size of a large commit
 * @param rows rows of the database that is restored
 * @param jvmFlags flags of the daemon's JVM; null for those of the launcher
 * @param launcher starts the command line; null for none
 */
record Options(
        Path directory,
        int seconds,
        int commits,
        int megabytes,
        int rows,
        @Nullable List<String> jvmFlags,
        @Nullable Path launcher) {

    /** The flags, and what they stand at by default. */
    static final String USAGE = """
              -dir PATH        where databases and replicas go (target/bench-data)
              -seconds N       how long the flat-out writer writes (10)
              -commits N       how many lone commits, and how many large ones (30)
              -megabytes N     size of a large commit (100)
              -rows N          rows of the database that is restored (1000000)
              -jvm 'FLAGS'     flags of the daemon's JVM, instead of the launcher's
              -launcher PATH   what starts the command line
            """;

    private static final Set<String> KNOWN =
            Set.of("dir", "seconds", "commits", "megabytes", "rows", "jvm", "launcher");

    static Options parse(List<String> arguments) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < arguments.size(); i += 2) {
            String flag = arguments.get(i).replaceFirst("^--?", "");
            if (!arguments.get(i).startsWith("-") || !KNOWN.contains(flag) || i + 1 == arguments.size()) {
                throw new IllegalArgumentException("not a flag with a value: " + arguments.get(i));
            }
            values.put(flag, arguments.get(i + 1));
        }
        String jvm = values.get("jvm");
        String launcher = values.get("launcher");
        return new Options(
                Path.of(values.getOrDefault("dir", "target/bench-data")).toAbsolutePath(),
                Integer.parseInt(values.getOrDefault("seconds", "10")),
                Integer.parseInt(values.getOrDefault("commits", "30")),
                Integer.parseInt(values.getOrDefault("megabytes", "100")),
                Integer.parseInt(values.getOrDefault("rows", "1000000")),
                jvm == null ? null : List.of(jvm.strip().split("\\s+")),
                launcher == null ? null : Path.of(launcher).toAbsolutePath());
    }
}
