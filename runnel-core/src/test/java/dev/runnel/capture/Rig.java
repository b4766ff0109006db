package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.capture.Capture.Result;
import dev.runnel.capture.Capture.Step;
import dev.runnel.model.TxId;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.testing.ManualTime;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A capture that a test drives by hand: looks, cuts, and a replica made of the files it wrote. While it is attached,
 * nothing in this JVM opens the database; applications are {@link SqliteShell}s.
 */
final class Rig implements AutoCloseable {

    private static final int PATIENCE = 200_000;
    private static final long LOOK_NANOS = 50_000;

    final Path database;
    final StateDirectory state;
    final ManualTime time = new ManualTime();
    final Replica replica;
    final List<CutFile> files = new ArrayList<>();

    private final Path directory;
    /** What the capture is told of the locks of others. */
    KernelLocks kernelLocks = KernelLocks.ofThisProcess();

    /** Happens before anything is written to the state directory. */
    Runnable whenWriting = () -> {};

    private final DescriptorRegistry registry = new DescriptorRegistry();
    private @Nullable Capture capture;

    Rig(Path directory) throws IOException {
        this.directory = directory;
        this.database = directory.resolve("app.db");
        this.state = new StateDirectory(directory.resolve(".app.db-litestream"), () -> whenWriting.run());
        this.replica = new Replica(directory.resolve("replica.db"));
        state.open();
    }

    /** An application that runs its checkpoints only when it is told to. */
    SqliteShell app(String... sql) {
        List<String> all = new ArrayList<>(List.of("pragma journal_mode=wal", "pragma wal_autocheckpoint=0"));
        all.addAll(List.of(sql));
        return SqliteShell.open(database, all.toArray(String[]::new));
    }

    Rig attach() throws IOException {
        return attach(History.none());
    }

    Rig attach(History history) throws IOException {
        return attach(history, database);
    }

    Rig attach(History history, Path name) throws IOException {
        capture = new Capture(AttachedDatabase.attach(name, registry, kernelLocks), state, history, time);
        return this;
    }

    Capture capture() {
        assertThat(capture).isNotNull();
        return capture;
    }

    /** What a Runnel that starts again finds in its state directory. */
    History history() throws IOException {
        TxId txId = capture().txId();
        assertThat(txId).isNotNull();
        PageMap map = capture().map();
        assertThat(map).isNotNull();
        state.saveMap(txId, map);
        PageMap read;
        try (var in = Files.newInputStream(state.mapFile(txId))) {
            read = PageMapCodec.read(in, txId, "map");
        }
        long timestamp = files.get(files.size() - 1).header().timestampMillis();
        return new History(txId, read, state.loadPosition(txId), timestamp);
    }

    void detach() throws IOException {
        if (capture != null) {
            capture.close();
            capture = null;
        }
    }

    /** Detaches, and attaches again with what the state directory tells. */
    void restart() throws IOException {
        History history = history();
        detach();
        attach(history);
    }

    /** Looks until two looks in a row find nothing new and the swap has come to rest. */
    void settle() throws IOException {
        int quiet = 0;
        for (int i = 0; quiet < 3; i++) {
            assertThat(i).as("looks without end").isLessThan(PATIENCE);
            quiet = capture().look() == Step.NOTHING ? quiet + 1 : 0;
        }
    }

    /** Cuts until everything committed is captured, and applies what was written. Returns null if nothing was. */
    @Nullable
    CutFile cut() throws IOException {
        time.advance(1_000_000_000);
        for (int i = 0; i < PATIENCE; i++) {
            Result result = capture().cut();
            if (result.step() != Step.AGAIN) {
                return accept(result);
            }
        }
        throw new AssertionError("a cut without end");
    }

    /** Takes the file of a result into the replica. */
    @Nullable
    CutFile accept(Result result) throws IOException {
        CutFile file = result.file();
        if (file != null) {
            files.add(file);
            replica.apply(file);
        }
        return file;
    }

    /** A look and a cut. */
    @Nullable
    CutFile capturedAll() throws IOException {
        settle();
        return cut();
    }

    /** Lets the application run something that may have to wait for us, and looks meanwhile. */
    String whileLooking(SqliteShell app, String sql) throws IOException {
        CompletableFuture<String> answer = app.start(sql);
        while (!answer.isDone()) {
            capture().look();
            time.advance(LOOK_NANOS);
            Thread.onSpinWait();
        }
        return answer.join();
    }

    /** Looks, cuts, and compares the replica with the database file after a checkpoint, byte for byte. */
    void assertEqual(SqliteShell app) throws IOException {
        capturedAll();
        assertThat(whileLooking(app, "pragma wal_checkpoint(truncate)"))
                .as("checkpoint")
                .startsWith("0|");
        assertSameFile(copyOfDatabase(), replica.file());
        assertThat(capturedAll()).as("a checkpoint changes nothing").isNull();
    }

    /** A copy that another process makes: a descriptor of ours, when closed, would drop our locks. */
    Path copyOfDatabase() throws IOException {
        Path copy = directory.resolve("copy.db");
        run("cp", "--sparse=always", database.toString(), copy.toString());
        return copy;
    }

    static void run(String... command) throws IOException {
        try {
            assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                    .isZero();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Compares two databases; the lock page is not part of either. */
    static void assertSameFile(Path expected, Path actual) throws IOException {
        assertThat(Files.size(actual)).as("length").isEqualTo(Files.size(expected));
        int pageSize;
        try (FileChannel a = FileChannel.open(expected, StandardOpenOption.READ);
                FileChannel b = FileChannel.open(actual, StandardOpenOption.READ)) {
            ByteBuffer header = ByteBuffer.allocate(18);
            a.read(header, 0);
            pageSize = header.getShort(16) == 1 ? 65536 : header.getShort(16) & 0xffff;
            ByteBuffer left = ByteBuffer.allocate(pageSize);
            ByteBuffer right = ByteBuffer.allocate(pageSize);
            for (long at = 0; at < a.size(); at += pageSize) {
                if (at / pageSize == 0x4000_0000L / pageSize) {
                    continue;
                }
                a.read(left.clear(), at);
                b.read(right.clear(), at);
                assertThat(right.flip().equals(left.flip()))
                        .as("page %d", at / pageSize + 1)
                        .isTrue();
            }
        }
    }

    @Override
    public void close() throws IOException {
        detach();
    }
}
