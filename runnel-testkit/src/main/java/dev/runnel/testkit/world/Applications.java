package dev.runnel.testkit.world;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The processes of a world, which serve one world after another because starting one takes long: some applications, and
 * an observer that never touches the files of a live database but to copy them. Not thread-safe.
 */
public final class Applications implements Closeable {

    /** Number of applications. */
    public static final int COUNT = 2;

    private final Path library;
    private final @Nullable SqliteApplication[] applications = new SqliteApplication[COUNT];
    private final Deque<SqliteApplication> spare = new ArrayDeque<>();
    private final SqliteApplication observer;

    /**
     * Starts the processes.
     *
     * @param library an empty directory
     */
    public Applications(Path library) throws IOException {
        this.library = library;
        SqliteApplication.unpackLibrary(library);
        for (int i = 0; i <= COUNT; i++) {
            spare.add(SqliteApplication.start(library));
        }
        observer = SqliteApplication.start(library);
    }

    /** Application {@code number}, from 0. */
    SqliteApplication application(int number) {
        SqliteApplication application = applications[number];
        if (application == null) {
            application = spare.remove();
            applications[number] = application;
        }
        return application;
    }

    SqliteApplication observer() {
        return observer;
    }

    /** Kills an application in whatever it is doing; another process takes its place. */
    void kill(int number) {
        application(number).kill();
        applications[number] = null;
        try {
            // Started now, it is ready by the time it is needed.
            spare.add(SqliteApplication.start(library));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes all connections of all applications. */
    void closeConnections() {
        for (SqliteApplication application : applications) {
            if (application != null) {
                application.ask("close-all").require();
            }
        }
    }

    @Override
    public void close() {
        observer.close();
        spare.forEach(SqliteApplication::close);
        for (SqliteApplication application : applications) {
            if (application != null) {
                application.close();
            }
        }
    }
}
