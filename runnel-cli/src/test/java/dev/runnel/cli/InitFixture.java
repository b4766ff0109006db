package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A project in a folder of its own, and {@code init} in it. */
@SuppressWarnings("NullAway.Init")
abstract class InitFixture {

    @TempDir
    Path folder;

    Path project;
    CliHarness cli;

    @BeforeEach
    void begin() throws IOException {
        project = Files.createDirectory(folder.resolve("project"));
        cli = new CliHarness(folder);
    }

    void write(String path, String text) throws IOException {
        Path file = project.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    String read(String path) throws IOException {
        return Files.readString(project.resolve(path));
    }

    CliHarness.Run init(String... more) {
        return cli.run(Stream.of(Stream.of("init"), Stream.of(more), Stream.of(project.toString()))
                .flatMap(words -> words)
                .toArray(String[]::new));
    }

    Map<String, String> files() throws IOException {
        try (Stream<Path> all = Files.walk(project)) {
            Map<String, String> files = new TreeMap<>();
            all.filter(Files::isRegularFile).forEach(file -> {
                try {
                    files.put(
                            project.relativize(file).toString(),
                            Files.getLastModifiedTime(file) + "\n" + Files.readString(file));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return files;
        }
    }

    void succeeds(CliHarness.Run run) {
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
    }
}
