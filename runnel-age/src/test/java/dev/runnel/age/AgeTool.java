package dev.runnel.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The command line tool of age. */
final class AgeTool {

    private AgeTool() {}

    /** Leaves a test out where the tool is not installed. */
    static void assumeInstalled() {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "age"))),
                "age is not installed");
    }

    /** Runs a command, and returns what it printed. */
    static byte[] run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        byte[] printed;
        try (InputStream in = process.getInputStream()) {
            printed = in.readAllBytes();
        }
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
        return printed;
    }
}
