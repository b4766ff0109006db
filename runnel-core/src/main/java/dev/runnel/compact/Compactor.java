package dev.runnel.compact;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.capture.LocalFiles;
import dev.runnel.capture.StateDirectory;
import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxDecoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.ltx.LtxMerge;
import dev.runnel.storage.ObjectBody;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes compaction plans: merges the inputs into a spool, verifying all of each, and uploads the spool only then, so that
 * damage never travels. Inputs come from the nearer source where it has them; should one of these be damaged, everything
 * is read again from the replica. Needs the memory of a few pages per input; one plan at a time per instance.
 */
public final class Compactor {

    private static final Logger log = LoggerFactory.getLogger(Compactor.class);

    /** Merges of up to this many bytes are spooled in memory. */
    private static final long MEMORY_LIMIT = 1 << 20;

    private final ReplicaArchive archive;
    private final ChangesetSource nearer;
    private final Path spoolDirectory;

    /**
     * @param nearer asked before the replica is
     * @param spoolDirectory where large merges are spooled; made when needed
     */
    public Compactor(ReplicaArchive archive, ChangesetSource nearer, Path spoolDirectory) {
        this.archive = archive;
        this.nearer = nearer;
        this.spoolDirectory = spoolDirectory;
    }

    /**
     * Merges the inputs of {@code plan} and stores the result, durable when this returns. Doing it again gives the same
     * file. The inputs stay; retention decides about them.
     *
     * @throws CorruptChangesetException if an input in the replica is damaged or does not follow the one before; nothing was
     *     stored
     */
    public LtxFile execute(CompactionPlan plan) throws IOException {
        Observed observed = new Observed(nearer);
        try {
            return execute(plan, observed);
        } catch (CorruptChangesetException e) {
            if (!observed.gaveAny) {
                throw e;
            }
            log.warn("{}; reading the inputs from the replica instead", e.getMessage());
            return execute(plan, ChangesetSource.NONE);
        }
    }

    private LtxFile execute(CompactionPlan plan, ChangesetSource source) throws IOException {
        if (plan.bytes() <= MEMORY_LIMIT) {
            ByteArrayOutputStream out = new ByteArrayOutputStream((int) plan.bytes());
            Instant timestamp = write(plan, source, out);
            return archive.upload(plan.target(), plan.txIds(), ObjectBody.of(out.toByteArray()), timestamp);
        }
        Path spool = newSpool();
        try {
            Instant timestamp;
            try (OutputStream out = LocalFiles.create(spool, StateDirectory.ELSEWHERE)) {
                timestamp = write(plan, source, out);
            }
            return archive.upload(plan.target(), plan.txIds(), ObjectBody.of(spool), timestamp);
        } finally {
            Files.deleteIfExists(spool);
        }
    }

    private Path newSpool() throws IOException {
        try {
            Files.createDirectories(spoolDirectory);
            return Files.createTempFile(spoolDirectory, "compact-", ".tmp");
        } catch (IOException e) {
            throw LocalFiles.cannotWrite(spoolDirectory.resolve("compact-*.tmp"), e, StateDirectory.ELSEWHERE);
        }
    }

    /** Writes the file; returns the timestamp in its header, which is that of the last input. */
    private Instant write(CompactionPlan plan, ChangesetSource source, OutputStream out) throws IOException {
        // Files of level 0 tell where in the WAL they came from, which a file of another level must not.
        boolean copy = plan.inputs().size() == 1 && plan.target().number() > 1;
        return copy ? copy(plan.inputs().get(0), source, out) : merge(plan.inputs(), source, out);
    }

    private Instant merge(List<LtxFile> inputs, ChangesetSource source, OutputStream out) throws IOException {
        List<LtxDecoder> decoders = new ArrayList<>();
        IOException failure = null;
        try {
            for (LtxFile input : inputs) {
                decoders.add(decoder(input, open(input, source)));
            }
            return LtxMerge.merge(decoders, out).header().timestamp();
        } catch (IOException e) {
            failure = e;
            throw e;
        } finally {
            closeAll(decoders, failure);
        }
    }

    private static void closeAll(List<LtxDecoder> decoders, @Nullable IOException failure) throws IOException {
        IOException first = failure;
        for (LtxDecoder decoder : decoders) {
            try {
                decoder.close();
            } catch (IOException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (failure == null && first != null) {
            throw first;
        }
    }

    private Instant copy(LtxFile input, ChangesetSource source, OutputStream out) throws IOException {
        try (LtxDecoder decoder = decoder(input, new Tee(open(input, source), out))) {
            decoder.finish();
            return decoder.header().timestamp();
        }
    }

    private InputStream open(LtxFile input, ChangesetSource source) throws IOException {
        InputStream near = source.open(input);
        return near != null ? near : archive.open(input);
    }

    private LtxDecoder decoder(LtxFile input, InputStream in) throws IOException {
        String resource = archive.describe(input);
        LtxDecoder decoder = new LtxDecoder(in, resource);
        LtxHeader header = decoder.header();
        if (!header.txIds().equals(input.txIds())) {
            decoder.close();
            throw new CorruptChangesetException(
                    resource, 16, "transactions " + input.txIds() + " as its name says", "" + header.txIds());
        }
        return decoder;
    }

    /** Remembers whether anything came from a source. */
    private static final class Observed implements ChangesetSource {

        private final ChangesetSource source;
        private boolean gaveAny;

        Observed(ChangesetSource source) {
            this.source = source;
        }

        @Override
        public @Nullable InputStream open(LtxFile file) throws IOException {
            InputStream in = source.open(file);
            gaveAny |= in != null;
            return in;
        }
    }

    /** Passes on a copy of all that is read. */
    private static final class Tee extends FilterInputStream {

        private final OutputStream out;

        Tee(InputStream in, OutputStream out) {
            super(in);
            this.out = out;
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            if (value >= 0) {
                out.write(value);
            }
            return value;
        }

        @Override
        public int read(byte[] b, int off, int len) throws IOException {
            int read = in.read(b, off, len);
            if (read > 0) {
                out.write(b, off, read);
            }
            return read;
        }
    }
}
