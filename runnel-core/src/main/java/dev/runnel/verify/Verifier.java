package dev.runnel.verify;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.model.TimeSource;
import dev.runnel.model.TxId;
import dev.runnel.restore.NothingToRestoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the newest state of a replica from the replica alone, as checksums of pages, and compares it with what its
 * writer recorded and with what the source knows. Every page of every file read is decompressed and its checksum
 * recomputed. Reads; changes nothing.
 */
public final class Verifier {

    /** After so long, what was read before is read again, lest it rot unseen. */
    public static final Duration WHOLE_INTERVAL = Duration.ofDays(30);

    private static final int SLICE_PAGES = 4096;

    private final ReplicaArchive archive;
    private final TimeSource time;

    /**
     * @param archive an archive of the verifier's own: it is listed again, so that what is gone is seen
     */
    public Verifier(ReplicaArchive archive, TimeSource time) {
        this.archive = archive;
        this.time = time;
    }

    /**
     * What to verify.
     *
     * @param before a state that was verified before, to go on from where that is allowed: what stands on the same
     *     snapshot, if that was read within {@link #WHOLE_INTERVAL}; null reads everything that a restore would
     * @param atLeast a transaction that the replica must hold, because it was stored; null for none
     * @param local what the source knows
     */
    public record Request(
            @Nullable VerifiedState before, @Nullable TxId atLeast, LocalChecksum local) {

        /** Everything, from the replica alone. */
        public static final Request FULL = new Request(null, null, LocalChecksum.NONE);
    }

    /**
     * Begins a verification, to be done in slices.
     */
    public VerifyRun begin(Request request) {
        return new VerifyRun(archive, time, request);
    }

    /**
     * Verifies at once.
     *
     * @return the run, which has ended
     * @throws NothingToRestoreException if the replica is empty, and may be
     * @throws IOException if the store cannot be read now, which says nothing about the replica
     */
    public VerifyRun verify(Request request) throws IOException {
        try (VerifyRun run = begin(request)) {
            boolean ended = false;
            while (!ended) {
                ended = run.step(SLICE_PAGES);
            }
            return run;
        }
    }

    /** Version of this build, as receipts name it. */
    static String version() {
        Properties properties = new Properties();
        try (InputStream in = Verifier.class.getResourceAsStream("build.properties")) {
            properties.load(Objects.requireNonNull(in, "build.properties"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
