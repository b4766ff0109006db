package dev.runnel.restore;

/**
 * How to restore.
 *
 * @param parallelism threads that fetch and decode, at least 1. One uses a single connection and core; more than the
 *     cores only helps with distant stores
 * @param segmentBytes how much of a file one request fetches, at least 1: small segments cost requests, large ones leave
 *     threads idle at the end
 * @param force whether to replace an existing database, with its -wal, -shm and -journal
 * @param progress told how far it is
 */
public record RestoreOptions(int parallelism, int segmentBytes, boolean force, RestoreProgress progress) {

    /** As Litestream's flag has it. */
    public static final int DEFAULT_PARALLELISM = 8;
    /** 8 MiB. */
    public static final int DEFAULT_SEGMENT_BYTES = 8 << 20;

    public RestoreOptions {
        if (parallelism < 1 || segmentBytes < 1) {
            throw new IllegalArgumentException(
                    "parallelism and segment size must be positive: " + parallelism + ", " + segmentBytes);
        }
    }

    /** Defaults: never replaces a database, tells nobody. */
    public static RestoreOptions defaults() {
        return new RestoreOptions(DEFAULT_PARALLELISM, DEFAULT_SEGMENT_BYTES, false, RestoreProgress.NONE);
    }

    /** These options with another number of threads. */
    public RestoreOptions withParallelism(int threads) {
        return new RestoreOptions(threads, segmentBytes, force, progress);
    }

    /** These options with another size of a segment. */
    public RestoreOptions withSegmentBytes(int bytes) {
        return new RestoreOptions(parallelism, bytes, force, progress);
    }

    /** These options, replacing an existing database or not. */
    public RestoreOptions withForce(boolean replace) {
        return new RestoreOptions(parallelism, segmentBytes, replace, progress);
    }

    /** These options with another listener. */
    public RestoreOptions withProgress(RestoreProgress listener) {
        return new RestoreOptions(parallelism, segmentBytes, force, listener);
    }
}
