package dev.runnel.sftp;

import com.jcraft.jsch.ChannelSubsystem;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.KeyPair;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SocketFactory;
import dev.runnel.storage.StorageException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An SSH session whose one channel is the {@code sftp} subsystem of the server. SSH is JSch's work; its own SFTP client
 * is not used, for it has neither exclusive creation nor {@code fsync}, and reads far beyond a range.
 */
final class SshTransport implements Closeable {

    /** For the connection, for each step of the handshake, and for opening the channel. */
    private static final int CONNECT_MILLIS = 30_000;

    /** A server that is silent that long is asked for a sign of life; after a minute without one it counts as gone. */
    private static final int KEEPALIVE_MILLIS = 15_000;

    private static final int KEEPALIVE_MISSED_MAX = 3;

    private final Plug plug;
    private final Session session;
    private final OutputStream out;

    private SshTransport(Plug plug, Session session, OutputStream out) {
        this.plug = plug;
        this.session = session;
        this.out = out;
    }

    /**
     * Connects and logs in. Not to be interrupted: JSch would swallow it.
     *
     * @param received is given what the server sends on a thread of JSch, and closed at the end
     * @throws StorageException which tells what to mend
     */
    static SshTransport open(SftpSettings settings, HostKeyCheck hostKeys, OutputStream received)
            throws StorageException {
        Plug plug = new Plug();
        ConnectErrors errors = new ConnectErrors(settings, hostKeys);
        try {
            Session session = session(settings, hostKeys, errors);
            session.setSocketFactory(plug);
            session.connect(CONNECT_MILLIS);
            try {
                ChannelSubsystem channel = (ChannelSubsystem) session.openChannel("subsystem");
                channel.setSubsystem("sftp");
                channel.setWantReply(true);
                channel.setOutputStream(received);
                channel.connect(CONNECT_MILLIS);
                return new SshTransport(plug, session, channel.getOutputStream());
            } catch (JSchException | IOException e) {
                plug.pull();
                throw errors.noSftp(e);
            }
        } catch (JSchException e) {
            plug.pull();
            throw errors.map(e);
        }
    }

    private static Session session(SftpSettings settings, HostKeyCheck hostKeys, ConnectErrors errors)
            throws JSchException, StorageException {
        SftpSettings.Login login = settings.login();
        JSch ssh = new JSch();
        Path keyPath = login.keyPath();
        if (keyPath != null) {
            ssh.addIdentity(login.user(), privateKey(ssh, keyPath, errors), null, null);
        }
        Session session = ssh.getSession(
                login.user(), settings.address().host(), settings.address().port());
        session.setHostKeyRepository(hostKeys);
        session.setConfig("StrictHostKeyChecking", "yes");
        HostKeyLine expected = settings.hostKey();
        if (expected != null) {
            session.setConfig("server_host_key", expected.algorithms()); // else it may show one of its others
        }
        String password = login.password();
        session.setConfig("PreferredAuthentications", methods(keyPath, password));
        if (password != null) {
            session.setPassword(password.getBytes(StandardCharsets.UTF_8));
        }
        session.setServerAliveInterval(KEEPALIVE_MILLIS);
        session.setServerAliveCountMax(KEEPALIVE_MISSED_MAX);
        session.setDaemonThread(true);
        return session;
    }

    private static String methods(@Nullable Path keyPath, @Nullable String password) {
        if (password == null) {
            return "publickey";
        }
        return (keyPath == null ? "" : "publickey,") + "password,keyboard-interactive";
    }

    private static byte[] privateKey(JSch ssh, Path file, ConnectErrors errors) throws StorageException {
        try {
            byte[] bytes = Files.readAllBytes(file);
            KeyPair pair = KeyPair.load(ssh, bytes, null);
            boolean locked = pair.isEncrypted();
            pair.dispose();
            if (locked) {
                throw errors.lockedKey(file);
            }
            return bytes;
        } catch (JSchException e) {
            throw errors.noKey(file, e);
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw errors.unreadableKey(file, e);
        }
    }

    /** Sends a packet. Blocks while the server does not take it. For one thread. */
    void send(ByteBuffer packet) throws IOException {
        out.write(packet.array(), packet.arrayOffset() + packet.position(), packet.remaining());
        out.flush();
    }

    /** Ends the session, also while another thread is stuck in {@link #send}. */
    @Override
    public void close() {
        // First the socket: a session says goodbye, and would wait for whoever is stuck in sending.
        plug.pull();
        session.disconnect();
    }

    /** Makes the socket, and keeps it so that it can be closed under JSch. */
    private static final class Plug implements SocketFactory {

        private volatile @Nullable Socket socket;

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            Socket made = new Socket();
            socket = made;
            try {
                InetSocketAddress address = new InetSocketAddress(host, port);
                if (address.isUnresolved()) {
                    throw new UnknownHostException(host);
                }
                made.connect(address, CONNECT_MILLIS);
                made.setTcpNoDelay(true);
                return made;
            } catch (IOException e) {
                made.close();
                throw e;
            }
        }

        @Override
        public InputStream getInputStream(Socket of) throws IOException {
            return of.getInputStream();
        }

        @Override
        public OutputStream getOutputStream(Socket of) throws IOException {
            return of.getOutputStream();
        }

        void pull() {
            Socket plugged = socket;
            if (plugged != null) {
                try {
                    plugged.close();
                } catch (IOException e) {
                    // closed is closed
                }
            }
        }
    }
}
