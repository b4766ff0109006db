package dev.runnel.testkit.volume;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file system of a few megabytes in memory, for which the tests must run as root; they are skipped elsewhere. Not
 * thread-safe.
 */
public final class SmallVolume implements Closeable {

    private final Path mountPoint;

    private SmallVolume(Path mountPoint) {
        this.mountPoint = mountPoint;
    }

    /** Mounts one of {@code kilobytes} at {@code mountPoint}, which is made. */
    public static SmallVolume mount(Path mountPoint, int kilobytes) throws IOException {
        Files.createDirectories(mountPoint);
        boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=" + kilobytes + "k", "runnel-test", mountPoint);
        assumeTrue(mounted, "mounting a file system needs root");
        return new SmallVolume(mountPoint);
    }

    private static boolean run(Object... words) {
        try {
            String[] command = new String[words.length];
            for (int i = 0; i < words.length; i++) {
                command[i] = words[i].toString();
            }
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false; // no such command
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** A path on it. */
    public Path path(String name) {
        return mountPoint.resolve(name);
    }

    private void require(Object... words) {
        if (!run(words)) {
            throw new AssertionError("cannot run " + java.util.Arrays.toString(words));
        }
    }

    /** Gives it another size, at least that of what is on it. */
    public void resize(int kilobytes) {
        require("mount", "-o", "remount,size=" + kilobytes + "k", mountPoint);
    }

    /** Makes it read-only also for those who have files open there, as the kernel does after an error of the disk. */
    public void readOnly(boolean readOnly) {
        if (readOnly) {
            require("mount", "--bind", mountPoint, mountPoint);
            require("mount", "-o", "remount,ro,bind", mountPoint);
        } else {
            require("umount", mountPoint);
        }
    }

    /** Leaves room for {@code kilobytes} more, and no byte beyond. */
    public void leave(int kilobytes) {
        resize(Math.max(1, Math.toIntExact(used() / 1024 + kilobytes))); // 0 would be without limit
    }

    /** Writes a file that leaves no byte free. */
    public void fill() throws IOException {
        byte[] block = new byte[4096];
        try (var out = Files.newOutputStream(path("ballast"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("No space left")) {
                throw e;
            }
        }
    }

    /** Deletes that file. */
    public void makeRoom() throws IOException {
        Files.deleteIfExists(path("ballast"));
    }

    /** Bytes in files. */
    public long used() {
        try {
            var store = Files.getFileStore(mountPoint);
            return store.getTotalSpace() - store.getUnallocatedSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        boolean mounted = true;
        while (mounted) { // twice where a test failed while it was read-only
            mounted = run("umount", "-l", mountPoint);
        }
    }
}
