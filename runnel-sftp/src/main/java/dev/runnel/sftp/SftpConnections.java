package dev.runnel.sftp;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Gives out the connection to a server, and begins another when the one before has ended. A connection that is lost while
 * nobody waits for a reply so costs nobody an error. Thread-safe.
 */
final class SftpConnections implements Closeable {

    private final SftpSettings settings;
    private final HostKeyCheck hostKeys;
    private @Nullable SftpConnection current;

    SftpConnections(SftpSettings settings) {
        this.settings = settings;
        this.hostKeys = new HostKeyCheck(settings);
    }

    /** Connects if need be. The caller closes the client, and with it gives the connection back. */
    SftpClient client() throws IOException {
        SftpConnection connection = acquire();
        try {
            return new SftpClient(connection, connection.awaitReady());
        } catch (IOException e) {
            connection.release();
            throw e;
        }
    }

    private synchronized SftpConnection acquire() {
        SftpConnection known = current;
        if (known != null && known.acquire()) {
            return known;
        }
        while (true) {
            SftpConnection begun = SftpConnection.start(settings, hostKeys);
            current = begun;
            if (begun.acquire()) {
                return begun;
            }
        }
    }

    @Override
    public synchronized void close() {
        if (current != null) {
            current.end(new ConnectionLostException("the store was closed", null));
        }
    }
}
