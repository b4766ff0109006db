package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.runnel.testkit.nats.NatsServer;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A way to a server of NATS on which the chunks of one object are late, while all else goes on: between the servers of a
 * cluster, a chunk takes another way than a request to remove chunks. The object is the first one whose chunks come by.
 */
final class LateChunks implements Closeable {

    private final NatsServer server;
    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new ArrayList<>();
    private @Nullable String late;
    private int count;

    LateChunks(NatsServer server) throws IOException {
        this.server = server;
        run(() -> {
            while (true) {
                connect(listening.accept());
            }
        });
    }

    /** Where clients connect, at 127.0.0.1. */
    int port() {
        return listening.getLocalPort();
    }

    private synchronized void connect(Socket client) throws IOException {
        Socket there = new Socket(InetAddress.getLoopbackAddress(), server.port());
        sockets.add(client);
        sockets.add(there);
        run(() -> {
            try (there) {
                forward(new BufferedInputStream(client.getInputStream()), there.getOutputStream());
            }
        });
        run(() -> {
            try (client) {
                there.getInputStream().transferTo(client.getOutputStream());
            }
        });
    }

    private interface Running {
        void run() throws IOException;
    }

    private static void run(Running running) {
        Thread thread = new Thread(
                () -> {
                    try {
                        running.run();
                    } catch (IOException e) {
                        // a connection was cut
                    }
                },
                "late-chunks");
        thread.setDaemon(true);
        thread.start();
    }

    /** A line of the protocol ends with the length of the body behind it, if there is one. */
    private void forward(InputStream from, OutputStream to) throws IOException {
        for (String line = line(from); !line.isEmpty(); line = line(from)) {
            byte[] body = new byte[0];
            if (line.startsWith("PUB ") || line.startsWith("HPUB ")) {
                body = from.readNBytes(Integer.parseInt(
                                line.substring(line.lastIndexOf(' ') + 1).strip())
                        + 2);
            }
            if (!isLate(line)) {
                to.write(line.getBytes(ISO_8859_1));
                to.write(body);
                to.flush();
            }
        }
    }

    private static String line(InputStream from) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = from.read(); next >= 0; next = from.read()) {
            line.append((char) next);
            if (next == '\n') {
                break;
            }
        }
        return line.toString();
    }

    private synchronized boolean isLate(String line) {
        String subject = line.startsWith("PUB $O.b.C.") ? line.split(" ")[1] : "";
        if (late == null && !subject.isEmpty()) {
            late = subject;
        }
        if (!subject.equals(late)) {
            return false;
        }
        count++;
        return true;
    }

    /** Cuts the connections; returns when the late chunks are stored. */
    synchronized void arrive() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        for (; count > 0; count--) {
            server.request(String.valueOf(late), "late", "");
        }
    }

    @Override
    public synchronized void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
