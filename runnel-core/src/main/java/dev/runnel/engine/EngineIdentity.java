package dev.runnel.engine;

import dev.runnel.capture.LocalFiles;
import dev.runnel.capture.StateDirectory;
import dev.runnel.lease.LeaseHolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who an engine is to others. The sessions of a state directory are recorded in it, each with the
 * {@linkplain StateLock#mark mark} of the lock that it held: whoever has that very lock knows that those before are gone,
 * killed or not, and need not wait until their leases have run out. Sessions with another mark prove nothing: the directory
 * is a copy, whose original may be alive, or the machine was started anew, which cannot be told from a clone of it.
 * Thread-safe.
 */
final class EngineIdentity implements LeaseHolder {

    private static final int REMEMBERED = 32;

    private final Path database;
    private final Path file;
    private final String session;
    private volatile Set<String> predecessors = Set.of();
    private volatile @Nullable String name;

    EngineIdentity(Path database, Path stateDirectory, RandomGenerator random) {
        this.database = database;
        this.file = stateDirectory.resolve("runnel").resolve("sessions");
        this.session = String.format(Locale.ROOT, "%016x", random.nextLong());
    }

    /**
     * To be called once the lock of the state directory is held, and before a lease is asked for; again when the directory
     * was deleted, or if it failed.
     *
     * @param mark of the lock; null for one that proves nothing, so that nobody is known to be gone
     */
    synchronized void enter(@Nullable String mark) throws IOException {
        if (mark == null) {
            return;
        }
        List<String> known = new ArrayList<>(read(mark));
        Set<String> gone = new HashSet<>(predecessors);
        gone.addAll(known);
        predecessors = Set.copyOf(gone);
        known.add(session);
        List<String> kept = known.subList(Math.max(0, known.size() - REMEMBERED), known.size()).stream()
                .map(one -> one + " " + mark)
                .toList();
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            Files.write(temporary, kept, StandardCharsets.UTF_8);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw LocalFiles.cannotWrite(file, e, StateDirectory.ELSEWHERE);
        }
    }

    private List<String> read(String mark) throws IOException {
        try {
            List<String> sessions = new ArrayList<>();
            for (String line : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).split("\n", -1)) {
                String[] parts = line.split(" ", 2);
                String of = parts[0];
                if (parts.length == 2
                        && parts[1].equals(mark)
                        && of.matches("[0-9a-f]{16}")
                        && !of.equals(session)
                        && !sessions.contains(of)) {
                    sessions.add(of);
                }
            }
            return sessions;
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    @Override
    public String name() {
        String known = name;
        if (known == null) {
            known = host() + ":" + ProcessHandle.current().pid();
            name = known;
        }
        return known;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown-host";
        }
    }

    @Override
    public String session() {
        return session;
    }

    @Override
    public Set<String> predecessors() {
        return predecessors;
    }

    /** Name and inode: the same in every container that has the volume, and another one in a copy. */
    @Override
    public String database() {
        try {
            return database.getFileName() + "#" + Files.getAttribute(database, "unix:ino");
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return String.valueOf(database.getFileName());
        }
    }
}
