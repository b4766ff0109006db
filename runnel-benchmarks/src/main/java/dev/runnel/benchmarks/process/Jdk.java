package dev.runnel.benchmarks.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The newest JDK of this machine, which the launcher would take. */
final class Jdk {

    private Jdk() {}

    private record Candidate(Path home, int release) {}

    /** Its {@code java}. */
    static Path newest() throws IOException {
        List<Candidate> candidates = new ArrayList<>();
        candidates.add(new Candidate(
                Path.of(System.getProperty("java.home")), Runtime.version().feature()));
        Path installed = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(installed)) {
            try (DirectoryStream<Path> homes = Files.newDirectoryStream(installed)) {
                for (Path home : homes) {
                    candidates.add(new Candidate(home, releaseOf(home)));
                }
            }
        }
        Candidate best = candidates.get(0);
        for (Candidate candidate : candidates) {
            best = candidate.release > best.release ? candidate : best;
        }
        return best.home.resolve("bin").resolve("java");
    }

    private static int releaseOf(Path home) throws IOException {
        Path release = home.resolve("release");
        if (!Files.isExecutable(home.resolve("bin").resolve("java")) || !Files.exists(release)) {
            return 0;
        }
        for (String line : Files.readAllLines(release)) {
            if (line.startsWith("JAVA_VERSION=")) {
                return Runtime.Version.parse(line.substring(line.indexOf('"') + 1, line.lastIndexOf('"')))
                        .feature();
            }
        }
        return 0;
    }
}
