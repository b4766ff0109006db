package dev.runnel.restore;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file that is restored to: where its path leads, and whose it is. */
final class TargetFile {

    private static final Logger LOG = LoggerFactory.getLogger(TargetFile.class);
    /** As the kernel has it. */
    private static final int LINKS_MAX = 40;

    private TargetFile() {}

    /**
     * The file that a path leads to, which need not exist, absolute. A link stays where it is: somebody has put the
     * database on another volume, and SQLite follows it, and has the WAL and the journal beside the file itself.
     *
     * @throws TargetExistsException if the links go round in a circle
     */
    static Path of(Path path) throws IOException {
        Path file = path.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(file); links++) {
            if (links == LINKS_MAX) {
                throw new TargetExistsException(path + " is a symbolic link that leads round in a circle; remove it, or"
                        + " restore to another path with -o");
            }
            file = file.resolveSibling(Files.readSymbolicLink(file));
        }
        return file;
    }

    /**
     * Puts a finished file in the place of the target. What was not there when the restore began is not replaced: an
     * application that has begun its database meanwhile would go on with a file that is gone. A look and a move would be
     * two steps, between which any time may pass; a second name is given in one.
     *
     * @param replaces whether there may be something to replace
     * @throws TargetExistsException if something is there that was not
     */
    static void put(Path file, Path target, boolean replaces) throws IOException {
        if (replaces || !isLinked(file, target)) {
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.delete(file);
        }
    }

    private static boolean isLinked(Path file, Path target) throws IOException {
        try {
            Files.createLink(target, file);
            return true;
        } catch (FileAlreadyExistsException e) {
            throw new TargetExistsException(
                    target + " was made by somebody else while it was restored; move it away, or"
                            + " restore to another path with -o");
        } catch (UnsupportedOperationException | FileSystemException e) {
            LOG.debug("no second names here", e);
            return false;
        }
    }

    /**
     * Gives {@code file} the owner, the group and the permissions of the one that it is to replace, if there is one: the
     * application must be able to open the database, and nobody else. The owner as far as we may.
     */
    static void keepOwner(Path replaced, Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null || !Files.exists(replaced)) {
            return;
        }
        PosixFileAttributes before = Files.readAttributes(replaced, PosixFileAttributes.class);
        PosixFileAttributes now = view.readAttributes();
        try {
            if (!before.group().equals(now.group())) {
                view.setGroup(before.group());
            }
            if (!before.owner().equals(now.owner())) {
                view.setOwner(before.owner());
            }
        } catch (FileSystemException e) {
            LOG.atWarn()
                    .addKeyValue("db", replaced)
                    .addKeyValue("owner", before.owner())
                    .addKeyValue("group", before.group())
                    .addKeyValue("error", e.getMessage())
                    .log("the restored database cannot be given to the owner of the one that it replaces");
        }
        view.setPermissions(before.permissions());
    }
}
