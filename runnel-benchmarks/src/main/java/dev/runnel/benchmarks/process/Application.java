package dev.runnel.benchmarks.process;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The application that has the database open, seen from the benchmark: a process of its own, because record locks do not
 * exclude the process that holds them. Its databases are in WAL mode with {@code synchronous=normal}, and checkpoint as
 * SQLite does by default.
 */
public final class Application implements Closeable {

    private final Peer peer;

    private Application(Peer peer) {
        this.peer = peer;
    }

    /**
     * What a writer did.
     *
     * @param commits transactions
     * @param nanos time for all of them
     * @param longestNanos the longest commit
     * @param p999Nanos one in a thousand took longer
     */
    public record Writes(long commits, long nanos, long longestNanos, long p999Nanos) {

        /** Commits in a second. */
        public double perSecond() {
            return commits * 1e9 / nanos;
        }

        /** The longest commit of some turns, in milliseconds. */
        public static double longestMillis(List<Writes> turns) {
            return turns.stream().mapToLong(Writes::longestNanos).max().orElse(0) / 1e6;
        }
    }

    /** What is in a database: its rows, and a sum over what they hold. */
    public record Content(long rows, long sum) {}

    /** Starts the process and has it make the database. */
    public static Application start(Path database) throws IOException {
        Application application = new Application(Peer.start(ApplicationMain.class, database.toString()));
        application.peer.answer();
        return application;
    }

    /** Makes {@code rows} rows in one transaction, each with a text of {@code bytes} characters that hardly compresses. */
    public void fill(int rows, int bytes) throws IOException {
        peer.ask("fill " + rows + " " + bytes);
    }

    /** Commits one row. Returns the time at which the commit had returned, as {@link Waiting#nanoTime}. */
    public long commit() throws IOException {
        return Long.parseLong(peer.ask("commit"));
    }

    /**
     * Commits one row after the other.
     *
     * @param perSecond how many in a second; 0 for as many as it can
     */
    public Writes write(int millis, int perSecond) throws IOException {
        return writes(peer.ask("write " + millis + " " + perSecond));
    }

    private static Writes writes(String line) {
        List<Long> numbers = numbers(line);
        return new Writes(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
    }

    /**
     * Commits large transactions one after the other, each of which writes the same rows anew.
     *
     * @param megabytes size of each, about; those of one application must not differ
     * @param shuffled whether the rows come in an order in which pages that were written out are changed again, as those of
     *     an index are
     */
    public Writes storm(int commits, int megabytes, boolean shuffled) throws IOException {
        return writes(peer.ask("storm " + commits + " " + megabytes + " " + shuffled));
    }

    /** Makes small databases {@code 0.db}, {@code 1.db} and so on, and closes them or keeps them open. */
    public void makeMany(Path directory, int count, boolean keepOpen) throws IOException {
        peer.ask("many " + count + " " + keepOpen + " " + directory);
    }

    /** What is in the database. */
    public Content content() throws IOException {
        return content(peer.ask("content"));
    }

    static Content content(String line) {
        List<Long> numbers = numbers(line);
        return new Content(numbers.get(0), numbers.get(1));
    }

    private static List<Long> numbers(String line) {
        return List.of(line.split(" ")).stream().map(Long::valueOf).toList();
    }

    /** Closes the database and ends the process. */
    @Override
    public void close() throws IOException {
        peer.close();
    }
}
