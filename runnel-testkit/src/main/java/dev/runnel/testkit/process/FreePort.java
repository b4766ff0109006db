package dev.runnel.testkit.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Locale;

/** Ports of the loopback interface for servers in processes of their own. */
public final class FreePort {

    private static final int ATTEMPTS = 5;

    private FreePort() {}

    /** Starts a server. */
    @FunctionalInterface
    public interface Start<T> {
        /** @throws IOException with what the server said if it ended, such as that the address is in use */
        T on(int port) throws IOException;
    }

    /** Starts a server on a free port, and on another one if somebody else takes that first. */
    public static <T> T start(Start<T> server) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return server.on(find());
            } catch (IOException e) {
                String said = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
                if (attempt == ATTEMPTS || !said.contains("address already in use")) {
                    throw e;
                }
            }
        }
    }

    private static int find() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }
}
