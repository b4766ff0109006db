package dev.runnel.benchmarks.micro;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.Crc64;
import dev.runnel.ltx.FrameCodec;
import dev.runnel.ltx.PageFrame;
import dev.runnel.model.PageSize;
import dev.runnel.wal.WalChecksum;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What is done to each page of 4 KiB: checksums, and a frame made of it or it made of a frame. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@State(Scope.Thread)
public class PageBenchmark {

    private final PageSize pageSize = new PageSize(Pages.SIZE);
    private final FrameCodec codec = new FrameCodec(pageSize);
    private final FrameCodec decoder = new FrameCodec(pageSize);
    private final byte[] page = Pages.one();
    private final byte[] target = new byte[Pages.SIZE];
    private PageFrame frame = codec.compress(1, page, 0);

    /** Makes the frame that is decoded. */
    @Setup
    public void setUp() {
        frame = new FrameCodec(pageSize).compress(1, page, 0);
    }

    /** CRC-64 by folding. */
    @Benchmark
    public long crc() {
        return Crc64.update(0, page, 0, page.length);
    }

    /** The checksum that a look computes of a frame. */
    @Benchmark
    public WalChecksum walChecksum() {
        return WalChecksum.ZERO.update(page, 0, page.length, false);
    }

    /** LZ4 and CRC. */
    @Benchmark
    public PageFrame encode() {
        return codec.compress(1, page, 0);
    }

    /** LZ4 and CRC, the other way round. */
    @Benchmark
    public byte[] decode() throws CorruptChangesetException {
        decoder.decompress(frame, target, 0);
        return target;
    }
}
