package dev.runnel.cli.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds the databases in configured directories: what fits the pattern and begins as SQLite databases do. */
public final class DirectoryScan {

    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

    private DirectoryScan() {}

    /** Told of every directory in which databases may be, before its files are listed. */
    @FunctionalInterface
    public interface DirectoryVisitor {

        /** Nothing that is thrown for a directory that is not there any more ends the scan. */
        void visit(Path directory) throws IOException;
    }

    /**
     * The databases that are there now, in the order of their paths.
     *
     * @throws IOException if a directory cannot be read; the message names it
     */
    static List<Path> databases(DirectoryConfig config) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path file : files(config, directory -> {})) {
            if (isDatabase(file)) {
                found.add(file);
            }
        }
        return found;
    }

    /**
     * The files that fit, whatever they hold, in the order of their paths. Files and directories below may come and go
     * meanwhile: what is not there any more is left out.
     *
     * @throws IOException if a directory that is there cannot be read, or the first directory is not there; the message
     *     names it
     */
    public static List<Path> files(DirectoryConfig config, DirectoryVisitor directories) throws IOException {
        List<Path> found = new ArrayList<>();
        int depth = config.isRecursive() ? Integer.MAX_VALUE : 1;
        Files.walkFileTree(
                config.directory(),
                EnumSet.noneOf(FileVisitOption.class),
                depth,
                new Visitor(config, directories, found));
        found.sort(null);
        return found;
    }

    /** Collects files that fit. */
    private static final class Visitor extends SimpleFileVisitor<Path> {

        private final DirectoryConfig config;
        private final DirectoryVisitor directories;
        private final List<Path> found;

        Visitor(DirectoryConfig config, DirectoryVisitor directories, List<Path> found) {
            this.config = config;
            this.directories = directories;
            this.found = found;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
            try {
                directories.visit(directory);
            } catch (IOException e) {
                return visitFileFailed(directory, e);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            // Where directories below do not count, they are visited as files.
            if (config.covers(file) && Files.isRegularFile(file)) {
                found.add(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path path, IOException failure) throws IOException {
            if (path.equals(config.directory()) || Files.isDirectory(path)) {
                throw failure;
            }
            return FileVisitResult.SKIP_SUBTREE; // gone meanwhile
        }
    }

    /**
     * Whether a file begins as SQLite databases do. Reads it in a way that must not be used on a database to which this
     * process is attached: closing the file drops all locks of the process on it.
     */
    public static boolean isDatabase(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
        } catch (java.nio.file.NoSuchFileException e) {
            return false;
        }
    }

    /**
     * {@code config} with the databases of its directories behind those that it names. One that it also names is taken as
     * named.
     *
     * @param file name of the configuration file in messages
     */
    static RunnelConfig expand(String file, RunnelConfig config) throws ConfigException {
        if (config.directories().isEmpty()) {
            return config;
        }
        List<DatabaseConfig> databases = new ArrayList<>(config.databases());
        Set<Path> known = new HashSet<>();
        databases.forEach(database -> known.add(database.path()));
        Diagnostics diagnostics = new Diagnostics();
        for (DirectoryConfig directory : config.directories()) {
            int line = directory.template().line();
            try {
                List<Path> found = databases(directory);
                if (found.isEmpty() && !directory.watch()) {
                    diagnostics.error(
                            line,
                            "no databases in " + directory.directory() + " match `pattern: "
                                    + directory.files().pattern() + "`; with `watch: true` they may come later");
                }
                found.stream().filter(known::add).map(directory::database).forEach(databases::add);
            } catch (IOException e) {
                diagnostics.error(line, "cannot read directory " + e.getMessage());
            }
        }
        Uniqueness.check(databases, diagnostics);
        if (!diagnostics.problems().isEmpty()) {
            throw new ConfigException(file, diagnostics.problems());
        }
        return config.withDatabases(databases);
    }
}
