package dev.runnel.benchmarks.micro;

import dev.runnel.benchmarks.process.Application;
import dev.runnel.capture.Capture;
import dev.runnel.capture.History;
import dev.runnel.capture.StateDirectory;
import dev.runnel.model.PageSize;
import dev.runnel.model.TimeSource;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.source.Pace;
import dev.runnel.wal.ByteSource;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import dev.runnel.wal.WalHeader;
import dev.runnel.wal.WalState;
import dev.runnel.wal.WalWalk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A look at the WAL of a database that an application has open. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@State(Scope.Thread)
public class LookBenchmark {

    private static final int ROWS = 400;
    private static final int FRAMES = 16;

    /** Long enough for the swap to be hunted. */
    private static final WalState SEEN = new WalState(
            new WalWalk.Format(new PageSize(4096), Salts.NONE, false), 950, 1, WalChecksum.ZERO, 0, 0, 0, true);

    private final Pace pace = new Pace(0);
    private long now;
    private @Nullable Path folder;
    private @Nullable Application application;
    private @Nullable Capture capture;

    /** Has an application make a database, and attaches to it. */
    @Setup
    public void setUp() throws IOException {
        Path made = Files.createTempDirectory("runnel-look");
        Path database = made.resolve("app.db");
        Application started = Application.start(database);
        for (int i = 0; i < ROWS; i++) {
            started.commit();
        }
        StateDirectory state = new StateDirectory(made.resolve("state"));
        state.open();
        AttachedDatabase attached =
                AttachedDatabase.attach(database, new DescriptorRegistry(), KernelLocks.ofThisProcess());
        Capture following = new Capture(attached, state, History.none(), new RealTime());
        following.look();
        folder = made;
        application = started;
        capture = following;
    }

    /** Lets the database go. */
    @TearDown
    public void tearDown() throws IOException {
        Objects.requireNonNull(capture).close();
        Objects.requireNonNull(application).close();
        Path made = Objects.requireNonNull(folder);
        try (var files = Files.walk(made)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private Capture attached() {
        return Objects.requireNonNull(capture);
    }

    /** The header of the WAL-index read and parsed: the cost of a look that finds nothing, but for the swap. */
    @Benchmark
    public @Nullable WalState header() throws IOException {
        return attached().database().state();
    }

    /** A whole look that finds nothing. */
    @Benchmark
    public Capture.Step look() throws IOException {
        return attached().look();
    }

    /** The frames of some commits, read and verified, as a look does that finds them. */
    @Benchmark
    public WalWalk walk() throws IOException {
        ByteSource wal = attached().database().wal();
        WalHeader header = Objects.requireNonNull(WalHeader.read(wal));
        return WalWalk.walk(
                wal, WalWalk.Format.of(header), 0, header.checksum(), FRAMES, (frame, page, commitSize) -> {});
    }

    /** When to look next. */
    @Benchmark
    public long pace() {
        now += Pace.HUNTING_NANOS;
        pace.looked(now, true, SEEN, false);
        return pace.pause(now, true);
    }

    private record RealTime() implements TimeSource {

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    }
}
