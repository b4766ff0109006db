package dev.runnel.testkit.process;

import java.io.IOException;

/** Sends signals, by the program {@code kill}. */
public final class Signals {

    private Signals() {}

    /**
     * Sends a signal; what comes of it comes later.
     *
     * @param name such as {@code TERM}
     * @throws IOException when it cannot be sent
     */
    public static void send(String name, long pid) throws IOException {
        try {
            int code = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IOException("cannot send SIG" + name + " to process " + pid);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
