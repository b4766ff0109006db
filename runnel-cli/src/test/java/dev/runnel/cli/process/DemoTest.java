package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's first command. */
class DemoTest {

    @TempDir
    Path folder;

    @Test
    void theDemoLosesNothing() throws IOException {
        try (Scene scene = new Scene(folder)) {
            Scene.Run run = scene.run("demo");
            assertThat(run.code()).as(run.text()).isZero();
            assertThat(run.err()).as(run.text()).isEmpty();
            assertThat(run.out()).as(run.text()).endsWith("Nothing was lost.");
            assertThat(run.out().stream().filter(line -> line.contains("(verified)")))
                    .as(run.text())
                    .hasSize(2);
        }
    }
}
