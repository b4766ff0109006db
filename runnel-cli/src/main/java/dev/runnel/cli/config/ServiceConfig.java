package dev.runnel.cli.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the daemon's process.
 *
 * @param addr {@code host:port} of the metrics endpoint; null for none
 * @param exec command line of the child process, split like a shell would; null for none
 * @param socket the control socket; null for none
 * @param heartbeat the address to call while all is well; null for none
 * @param shutdown how long the final upload may take
 */
public record ServiceConfig(
        @Nullable String addr,
        @Nullable String exec,
        @Nullable Socket socket,
        @Nullable Heartbeat heartbeat,
        Shutdown shutdown) {

    static final ServiceConfig DEFAULT = new ServiceConfig(null, null, null, null, Shutdown.DEFAULT);

    /**
     * The control socket.
     *
     * @param path where it stands, absolute
     * @param permissions its mode, such as 0600
     */
    public record Socket(Path path, int permissions) {}

    /**
     * An address to call at intervals.
     *
     * @param url http or https
     * @param interval at least one minute
     */
    public record Heartbeat(URI url, Duration interval) {}

    /**
     * The final upload.
     *
     * @param timeout how long to retry; zero for one attempt
     * @param interval pause between attempts, greater than zero
     */
    public record Shutdown(Duration timeout, Duration interval) {

        static final Shutdown DEFAULT = new Shutdown(Defaults.SHUTDOWN_SYNC_TIMEOUT, Defaults.SHUTDOWN_SYNC_INTERVAL);
    }
}
