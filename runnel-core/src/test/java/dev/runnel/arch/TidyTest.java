package dev.runnel.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules about the sources of all modules. */
class TidyTest {

    private static final Path PROJECT = Objects.requireNonNull(
            Path.of(System.getProperty("runnel.fixtures")).getParent());
    private static final int MAIN_LINES = 500;
    private static final int TEST_LINES = 800;
    /** Spelled so that this file does not break its own rule. */
    private static final List<String> LEFT_OPEN = List.of("TO" + "DO", "FIX" + "ME");
    /** Their main code is for tests. */
    private static final Set<String> TEST_MODULES = Set.of("runnel-testkit", "runnel-benchmarks");

    private static List<Path> sources(String kind) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> modules = Files.list(PROJECT)) {
            for (Path module : modules.filter(m -> Files.isRegularFile(m.resolve("pom.xml")))
                    .toList()) {
                Path root = module.resolve("src").resolve(kind).resolve("java");
                if (Files.isDirectory(root)) {
                    try (Stream<Path> files = Files.walk(root)) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
                    }
                }
            }
        }
        assertThat(found).isNotEmpty();
        return found;
    }

    @Test
    void filesAreShort() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file : sources("main")) {
            String module = PROJECT.relativize(file).getName(0).toString();
            addIfLonger(tooLong, file, TEST_MODULES.contains(module) ? TEST_LINES : MAIN_LINES);
        }
        for (Path file : sources("test")) {
            addIfLonger(tooLong, file, TEST_LINES);
        }
        assertThat(tooLong)
                .as("a file that does not fit into a head does more than one thing: split it")
                .isEmpty();
    }

    private static void addIfLonger(List<String> tooLong, Path file, int limit) throws IOException {
        int lines = Files.readAllLines(file).size();
        if (lines > limit) {
            tooLong.add(PROJECT.relativize(file) + ": " + lines + " lines, at most " + limit);
        }
    }

    @Test
    void nothingIsLeftOpen() throws IOException {
        List<String> open = new ArrayList<>();
        List<Path> all = new ArrayList<>(sources("main"));
        all.addAll(sources("test"));
        for (Path file : all) {
            int number = 0;
            for (String line : Files.readAllLines(file)) {
                number++;
                if (LEFT_OPEN.stream().anyMatch(line::contains)) {
                    open.add(PROJECT.relativize(file) + ":" + number + ": " + line.strip());
                }
            }
        }
        assertThat(open).as("do it, or write an issue").isEmpty();
    }

    @Test
    void everyPackageSaysWhatItIsAndIsNullMarked() throws IOException {
        List<Path> wanting = new ArrayList<>();
        for (Path folder : sources("main").stream()
                .map(file -> Objects.requireNonNull(file.getParent()))
                .distinct()
                .toList()) {
            Path info = folder.resolve("package-info.java");
            if (!Files.exists(info)
                    || !Files.readString(info).contains("@NullMarked")
                    || !Files.readString(info).contains("/**")) {
                wanting.add(PROJECT.relativize(folder));
            }
        }
        assertThat(wanting)
                .as("package-info.java with a sentence and @NullMarked")
                .isEmpty();
    }
}
