package dev.runnel.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Record locks as the kernel tells of them, read independently of the code under test. */
final class ProcLocks {

    private ProcLocks() {}

    /**
     * The locks of a process on a file, in ascending order: each byte of a small range as {@code READ 124}, because the
     * kernel merges neighbours, and a large range as {@code READ 124-999}.
     */
    static List<String> of(long pid, Path file) throws IOException {
        String inode = Files.getAttribute(file, "unix:ino").toString();
        TreeSet<String> found = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("/proc/locks"))) {
            String[] fields = line.trim().split("\\s+", -1);
            if (fields[1].equals("POSIX") && fields[4].equals(Long.toString(pid)) && fields[5].endsWith(":" + inode)) {
                addRange(found, fields[3], fields[6], fields[7]);
            }
        }
        return List.copyOf(found);
    }

    private static void addRange(Set<String> found, String kind, String first, String last) {
        if (last.length() > 3) {
            found.add(kind + " " + first + "-" + last);
            return;
        }
        for (int at = Integer.parseInt(first); at <= Integer.parseInt(last); at++) {
            found.add(kind + " " + at);
        }
    }

    /** The locks of this JVM. */
    static List<String> ours(Path file) throws IOException {
        return of(ProcessHandle.current().pid(), file);
    }
}
