package dev.runnel.cli.init;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Makes the changes of a plan: all of them, or none. */
public final class Applier {

    private final Path root;

    /** @param root the directory of the project */
    public Applier(Path root) {
        this.root = root;
    }

    /** A file that is written, but does not have its name yet. */
    private record Prepared(FileChange change, Path temporary, Path target) {}

    /**
     * Writes every file that changes. Each is replaced as a whole; permissions stay. All are written before the first gets
     * its name, so that a disk that is full changes nothing.
     *
     * @throws InitException if a file is no longer as the plan saw it
     * @throws IOException if a file cannot be written; everything is as it was
     */
    public void apply(Plan plan) throws IOException, InitException {
        for (FileChange change : plan.changes()) {
            String now = new Project(root).read(change.path());
            if (!java.util.Objects.equals(now, change.before())) {
                throw new InitException(change.path() + " was changed meanwhile; call init again");
            }
        }
        List<Path> made = new ArrayList<>();
        List<Prepared> prepared = new ArrayList<>();
        try {
            for (FileChange change : plan.changes()) {
                prepared.add(prepare(change, made));
            }
            publish(prepared);
        } catch (IOException e) {
            clear(made, e);
            throw e;
        }
    }

    private static void publish(List<Prepared> prepared) throws IOException {
        List<Prepared> published = new ArrayList<>();
        try {
            for (Prepared file : prepared) {
                move(file.temporary(), file.target());
                published.add(file);
            }
        } catch (IOException e) {
            for (Prepared file : published) {
                takeBack(file, e);
            }
            throw e;
        }
    }

    private static void takeBack(Prepared file, IOException failure) {
        try {
            String before = file.change().before();
            if (before == null) {
                Files.deleteIfExists(file.target());
            } else {
                Files.writeString(file.temporary(), before);
                Files.setPosixFilePermissions(file.temporary(), Files.getPosixFilePermissions(file.target()));
                move(file.temporary(), file.target());
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** @param made what is made on the way, in this order */
    private Prepared prepare(FileChange change, List<Path> made) throws IOException {
        Path file = root.resolve(change.path());
        boolean there = Files.exists(file);
        Path target = there ? file.toRealPath() : file.toAbsolutePath(); // a link stays one
        Path folder = target.getParent();
        if (folder == null) {
            throw new IOException(change.path() + " is no file");
        }
        try {
            createDirectories(folder, made);
            Path temporary = folder.resolve("." + target.getFileName() + ".runnel-new");
            made.add(temporary);
            Files.writeString(temporary, change.after());
            if (there) {
                Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(target));
            } else if (change.path().equals(".kamal/secrets")) {
                Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-------"));
            }
            return new Prepared(change, temporary, target);
        } catch (IOException e) {
            String told = e instanceof FileSystemException named ? named.getReason() : e.getMessage();
            throw new IOException(
                    "cannot write " + target + " (" + (told == null ? e : told)
                            + "). Nothing was changed; make it writable or make room, and call init again",
                    e);
        }
    }

    private static void createDirectories(Path folder, List<Path> made) throws IOException {
        Path parent = folder.getParent();
        if (!Files.exists(folder)) {
            if (parent != null) {
                createDirectories(parent, made);
            }
            Files.createDirectory(folder);
            made.add(folder);
        }
    }

    private static void clear(List<Path> made, IOException failure) {
        for (int i = made.size() - 1; i >= 0; i--) {
            try {
                Files.deleteIfExists(made.get(i));
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
