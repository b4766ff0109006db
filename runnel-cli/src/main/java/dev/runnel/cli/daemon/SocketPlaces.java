package dev.runnel.cli.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the private socket of a daemon can stand. The daemon takes the first place it can write to; who looks for it tries
 * them all, since it may see other file systems writable than the daemon did.
 */
public final class SocketPlaces {

    /** A path that is longer does not fit into the address of a socket on every system. */
    private static final int MAX_BYTES = 103;

    private static final Path SYSTEM = Path.of("/run/runnel");

    private final Map<String, String> environment;
    private final @Nullable Path stateDirectory;
    private final Path temporary;

    /**
     * @param environment environment variables
     * @param stateDirectory where the first database of the configuration keeps its state; null for no such place
     * @param temporary the directory for temporary files
     */
    public SocketPlaces(Map<String, String> environment, @Nullable Path stateDirectory, Path temporary) {
        this.environment = environment;
        this.stateDirectory = stateDirectory;
        this.temporary = temporary;
    }

    /**
     * A directory that may hold sockets.
     *
     * @param path the directory
     * @param checked whether everybody can make it, so that it counts only if it is ours alone
     */
    record Place(Path path, boolean checked) {

        /** Makes the directory, if need be, and makes sure that it can be trusted. */
        void prepare() throws IOException {
            if (checked) {
                if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectory(
                            path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                }
                requireOurs();
            } else {
                Files.createDirectories(path);
            }
        }

        /** Fails if another user could have put something there. */
        void requireOurs() throws IOException {
            if (!checked) {
                return;
            }
            PosixFileAttributes attributes =
                    Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Set<PosixFilePermission> open = Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
            Integer uid = userId();
            boolean foreign =
                    uid != null && !uid.equals(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
            if (foreign
                    || !attributes.isDirectory()
                    || attributes.permissions().stream().anyMatch(open::contains)) {
                throw new IOException(path + " belongs to, or can be changed by, another user");
            }
        }
    }

    /** The directories, in the order of preference. */
    List<Place> directories() {
        List<Place> places = new ArrayList<>();
        addIfSet(places, "RUNNEL_RUNTIME_DIR", "");
        addIfSet(places, "XDG_RUNTIME_DIR", "runnel");
        places.add(new Place(SYSTEM, false));
        if (stateDirectory != null) {
            places.add(new Place(stateDirectory.resolve("runnel"), false));
        }
        Integer uid = userId();
        places.add(
                new Place(temporary.resolve("runnel-" + (uid == null ? System.getProperty("user.name") : uid)), true));
        return places;
    }

    private void addIfSet(List<Place> places, String variable, String below) {
        String value = environment.get(variable);
        if (value != null && !value.isEmpty()) {
            places.add(new Place(Path.of(value).toAbsolutePath().resolve(below), false));
        }
    }

    /** The socket of a daemon in a directory; null where its path would be too long. */
    static @Nullable Path socket(Place place, DaemonId id) {
        Path socket = place.path().resolve("runnel-" + id.digest() + ".sock");
        return socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_BYTES ? null : socket;
    }

    /** Who runs this process; null where that cannot be told. */
    private static @Nullable Integer userId() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return null;
        }
    }

    /** Whether there is a directory in which a daemon in our place could put its socket. Makes nothing. */
    boolean anyUsable(DaemonId id) {
        for (Place place : directories()) {
            Path existing = place.path();
            while (!Files.exists(existing) && existing.getParent() != null) {
                existing = existing.getParent();
            }
            if (socket(place, id) != null && Files.isDirectory(existing) && Files.isWritable(existing)) {
                return true;
            }
        }
        return false;
    }
}
