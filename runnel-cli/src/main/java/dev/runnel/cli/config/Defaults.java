package dev.runnel.cli.config;

import java.time.Duration;
import java.util.List;

/** Values of keys that a configuration file leaves out: those of Litestream 0.5, for both spellings. */
public final class Defaults {

    /** How often a cut may follow a cut. */
    public static final Duration SYNC_INTERVAL = Duration.ofSeconds(1);
    /** How often an unchanged database is looked at where file events do not work. */
    public static final Duration MONITOR_INTERVAL = Duration.ofSeconds(1);
    /** How long a frame stays in the WAL where Runnel runs checkpoints. */
    public static final Duration CHECKPOINT_INTERVAL = Duration.ofMinutes(1);
    /** Pages in the WAL that are enough for a checkpoint of Runnel. */
    public static final int MIN_CHECKPOINT_PAGE_COUNT = 1000;
    /** Intervals of levels 1 to 3. */
    public static final List<Duration> LEVELS =
            List.of(Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ofHours(1));
    /** How often a snapshot is taken. */
    public static final Duration SNAPSHOT_INTERVAL = Duration.ofHours(24);
    /** How far back a restore can go. */
    public static final Duration SNAPSHOT_RETENTION = Duration.ofHours(24);
    /** How long a file of level 0 is kept after level 1 has taken it up. */
    public static final Duration L0_RETENTION = Duration.ofMinutes(5);
    /** How often files of level 0 are looked over. */
    public static final Duration L0_RETENTION_CHECK_INTERVAL = Duration.ofSeconds(15);
    /** Time without a sign of life after which another writer may take over. */
    public static final Duration LEASE_TTL = Duration.ofSeconds(30);
    /** How often retention is enforced where only the keys of 0.3 are given. */
    public static final Duration RETENTION_CHECK_INTERVAL = Duration.ofHours(1);
    /** How often the heartbeat address is called. */
    public static final Duration HEARTBEAT_INTERVAL = Duration.ofMinutes(5);
    /** How long the final upload is retried. */
    public static final Duration SHUTDOWN_SYNC_TIMEOUT = Duration.ofSeconds(30);
    /** Pause between two attempts of the final upload. */
    public static final Duration SHUTDOWN_SYNC_INTERVAL = Duration.ofMillis(500);
    /** Mode of the control socket. */
    public static final int SOCKET_PERMISSIONS = 0600;
    /** Where the control socket stands. */
    public static final String SOCKET_PATH = "/var/run/litestream.sock";

    private Defaults() {}
}
