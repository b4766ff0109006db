package dev.runnel.testkit.sftp;

import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.helpers.AbstractSession;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.SftpEventListener;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.jspecify.annotations.Nullable;

/**
 * An SFTP server (Apache MINA SSHD) on a port of the loopback interface, in the process of the test. Its user sees a
 * directory as the root. It can be told to fail.
 */
public final class SftpTestServer implements AutoCloseable {

    /** Of every server of this kind. */
    public static final String USER = "runnel";

    /** Of every server of this kind. */
    public static final String PASSWORD = "runnel-test-secret";

    private final Path root;
    private final KeyPair hostKey;
    private final Faults faults = new Faults();
    /** Kept because java.util.logging forgets the level of a logger that nobody holds. */
    private final Logger silent;

    private SshServer server;
    private final int port;

    private SftpTestServer(Path root, KeyPair hostKey) throws IOException {
        this.root = root;
        this.hostKey = hostKey;
        this.silent = Logger.getLogger("org.apache.sshd");
        silent.setLevel(Level.OFF); // what it says of faults that a test makes, the test knows
        this.server = start(0);
        this.port = server.getPort();
    }

    /** Starts on a free port. */
    public static SftpTestServer start(Path root) throws IOException {
        return new SftpTestServer(Files.createDirectories(root), newKey());
    }

    /** A key that a server could have; this one has another. */
    public static String otherHostKey() {
        return PublicKeyEntry.toString(newKey().getPublic());
    }

    private static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    private SshServer start(int wantedPort) throws IOException {
        SftpSubsystemFactory sftp = new SftpSubsystemFactory.Builder().build();
        sftp.addSftpEventListener(faults);
        SshServer made = SshServer.setUpDefaultServer();
        made.setHost("127.0.0.1");
        made.setPort(wantedPort);
        made.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        made.setPasswordAuthenticator((user, password, session) -> user.equals(USER) && password.equals(PASSWORD));
        made.setFileSystemFactory(new VirtualFileSystemFactory(root));
        made.setSubsystemFactories(List.of(sftp));
        CoreModuleProperties.TCP_NODELAY.set(made, true);
        made.start();
        return made;
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** The directory that its user sees as the root. */
    public Path root() {
        return root;
    }

    /** As in {@code host-key}. */
    public String hostKey() {
        return PublicKeyEntry.toString(hostKey.getPublic());
    }

    /** Connections made so far. */
    public int connections() {
        return faults.connections.get();
    }

    /** Ends every connection. */
    public void dropConnections() throws IOException {
        for (AbstractSession session : server.getActiveSessions()) {
            session.close(true).await();
        }
    }

    /** Ends a connection after it has written so many bytes; once. */
    public void dropAfterWriting(long bytes) {
        faults.dropAfter.set(bytes);
    }

    /** Ends the next connection that renames a file, after that is done; once. */
    public void dropAfterRenaming() {
        faults.dropsRename.set(1);
    }

    /** Refuses connections until {@link #listen}. */
    public void stopListening() throws IOException {
        server.stop(true);
    }

    /** Listens again, on the port as before. */
    public void listen() throws IOException {
        server = start(port);
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
    }

    private static final class Faults implements SftpEventListener {

        private final AtomicInteger connections = new AtomicInteger();
        private final AtomicLong dropAfter = new AtomicLong(Long.MAX_VALUE);
        private final AtomicInteger dropsRename = new AtomicInteger();

        @Override
        public void initialized(ServerSession session, int version) {
            connections.incrementAndGet();
        }

        @Override
        public void writing(
                ServerSession session,
                String remoteHandle,
                FileHandle localHandle,
                long offset,
                byte[] data,
                int dataOffset,
                int dataLen)
                throws IOException {
            if (offset + dataLen > dropAfter.get()) {
                dropAfter.set(Long.MAX_VALUE);
                session.close(true);
                throw new FileSystemException(Objects.toString(localHandle.getFile()), null, "connection ended");
            }
        }

        @Override
        public void moved(
                ServerSession session, Path from, Path to, Collection<CopyOption> options, @Nullable Throwable thrown) {
            if (dropsRename.compareAndSet(1, 0)) {
                session.close(true);
            }
        }
    }
}
