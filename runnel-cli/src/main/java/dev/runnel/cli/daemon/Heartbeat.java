package dev.runnel.cli.daemon;

import dev.runnel.cli.config.ServiceConfig;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.State;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls an address once in an interval as long as every database was in sync with its replicas within that interval, so that
 * whoever listens there notices when the calls stop. Databases that were stopped on request do not count, as in Litestream;
 * without any other there is no call. Confined to the timer.
 */
final class Heartbeat {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
    private static final int PATIENCE_MILLIS = 30_000;

    private final ServiceConfig.Heartbeat config;
    private final Caller caller;
    private @Nullable Instant calledAt;

    /** Makes the call. */
    @FunctionalInterface
    interface Caller {
        /** Returns the status. */
        int call(ServiceConfig.Heartbeat heartbeat) throws IOException;
    }

    Heartbeat(ServiceConfig.Heartbeat config, Caller caller) {
        this.config = config;
        this.caller = caller;
    }

    /** Calls if it is time and all is well: one attempt in an interval. */
    void check(List<DatabaseReport> reports, Instant now) {
        Instant last = calledAt;
        if (last != null && Duration.between(last, now).compareTo(config.interval()) < 0) {
            return;
        }
        if (!allSynced(reports, now)) {
            return;
        }
        calledAt = now;
        try {
            int status = caller.call(config);
            if (status / 100 != 2) {
                LOG.atWarn()
                        .addKeyValue("host", config.url().getHost())
                        .addKeyValue("status", status)
                        .log("heartbeat refused");
            }
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("host", config.url().getHost())
                    .addKeyValue("error", e.getClass().getSimpleName())
                    .log("heartbeat failed"); // the address may carry a secret, and so may the message
        }
    }

    private boolean allSynced(List<DatabaseReport> reports, Instant now) {
        boolean any = false;
        for (DatabaseReport report : reports) {
            if (isStoppedOnRequest(report)) {
                continue;
            }
            Instant synced = report.syncedAt();
            if (synced == null || Duration.between(synced, now).compareTo(config.interval()) > 0) {
                return false;
            }
            any = true;
        }
        return any;
    }

    private static boolean isStoppedOnRequest(DatabaseReport report) {
        return report.state() == State.STOPPED;
    }

    /** The call itself. Not the JDK's newer client, which keeps threads. */
    static int get(ServiceConfig.Heartbeat heartbeat) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) heartbeat.url().toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }
}
