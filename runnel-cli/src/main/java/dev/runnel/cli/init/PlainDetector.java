package dev.runnel.cli.init;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Any project: the database files that are in it. */
final class PlainDetector implements Detector {

    private static final int DEPTH = 4;
    private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final Set<String> NOT_THE_PROJECTS =
            Set.of("node_modules", "target", "build", "vendor", "dist", "test", "tests", "tmp");

    @Override
    public Optional<Plan> plan(Project project, InitOptions options) throws IOException, InitException {
        List<FoundDatabase> databases = new ArrayList<>();
        for (String path : files(project.root())) {
            databases.add(found(path, options));
        }
        return databases.isEmpty()
                ? Optional.empty()
                : Optional.of(plan("project with database files", project, databases, List.of()));
    }

    /** A database of a path that is absolute, or relative to the application. */
    static FoundDatabase found(String path, InitOptions options) {
        if (path.startsWith("/")) {
            return new FoundDatabase(Role.PRIMARY, path, path.substring(1));
        }
        String root = options.appRoot();
        return new FoundDatabase(Role.PRIMARY, root == null ? path : Paths.clean(root + "/" + path), path);
    }

    /** A configuration, and a process where there is a Procfile. */
    static Plan plan(String kind, Project project, List<FoundDatabase> databases, List<String> notes)
            throws IOException, InitException {
        List<FileChange> files = new ArrayList<>();
        files.add(ReplicationConfig.plan(project, "litestream.yml", databases));
        Procfile.plan(project, "runnel replicate -config litestream.yml", null).ifPresent(files::add);
        List<String> all = new ArrayList<>(notes);
        all.add("set " + String.join(", ", ReplicationConfig.VARIABLES) + " where the daemon runs");
        all.add("then: runnel config check -config litestream.yml, and runnel replicate -config litestream.yml");
        return new Plan(kind, files, all);
    }

    private static List<String> files(Path root) throws IOException {
        List<String> found = new ArrayList<>();
        Files.walkFileTree(root, EnumSet.noneOf(java.nio.file.FileVisitOption.class), DEPTH, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = String.valueOf(folder.getFileName());
                boolean skip = !folder.equals(root) && (name.startsWith(".") || NOT_THE_PROJECTS.contains(name));
                return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()
                        && file.toString().matches(".*\\.(db|db3|sqlite|sqlite3)")
                        && isDatabase(file)) {
                    found.add(root.relativize(file).toString());
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE; // what may not be read is not ours to replicate
            }
        });
        return found.stream().sorted().toList();
    }

    private static boolean isDatabase(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return java.util.Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
        }
    }
}
