package dev.runnel.cli.daemon;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Listens on Unix-domain sockets, past the files that killed daemons left behind. */
final class SocketFile {

    private static final PosixFilePermission[] BITS = {
        PosixFilePermission.OTHERS_EXECUTE,
        PosixFilePermission.OTHERS_WRITE,
        PosixFilePermission.OTHERS_READ,
        PosixFilePermission.GROUP_EXECUTE,
        PosixFilePermission.GROUP_WRITE,
        PosixFilePermission.GROUP_READ,
        PosixFilePermission.OWNER_EXECUTE,
        PosixFilePermission.OWNER_WRITE,
        PosixFilePermission.OWNER_READ
    };

    private SocketFile() {}

    /** Somebody listens on the socket already. */
    static final class InUseException extends IOException {

        private static final long serialVersionUID = 1L;

        InUseException(Path path) {
            super(path + ": another process listens on this socket");
        }
    }

    /**
     * Listens on {@code path}; a socket there on which nobody listens is replaced.
     *
     * @param permissions mode of the file, such as 0600
     * @throws InUseException if somebody listens
     * @throws IOException if the file is no socket, or none can be made
     */
    static ServerSocketChannel listen(Path path, int permissions) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther()) {
                throw new IOException("socket path exists but is not a socket: " + path);
            }
            if (isAnswered(path)) {
                throw new InUseException(path);
            }
            Files.delete(path);
        }
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, permissions(permissions));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e instanceof IOException io ? io : new IOException(path + ": " + e.getMessage(), e);
        }
    }

    /** Does not wait to be let in: by a process that is stopped, nobody is, and the line before it is full in time. */
    private static boolean isAnswered(Path path) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false);
            channel.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (ConnectException e) {
            return false; // refused: whoever bound it is gone
        } catch (IOException e) {
            return Files.isWritable(path); // the line is full, unless we may not even ask
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < BITS.length; i++) {
            if ((mode >> i & 1) != 0) {
                permissions.add(BITS[i]);
            }
        }
        return permissions;
    }
}
