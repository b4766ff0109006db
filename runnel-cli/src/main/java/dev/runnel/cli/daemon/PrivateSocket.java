package dev.runnel.cli.daemon;

import dev.runnel.cli.http.Handler;
import dev.runnel.cli.http.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket that every daemon opens, so that {@code databases} and the other commands find it. Looked after: when its file
 * was deleted, or another daemon of the same configuration held it and is gone, it is opened anew. Confined to the timer.
 */
final class PrivateSocket implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(PrivateSocket.class);
    private static final int MODE = 0600;

    private final SocketPlaces places;
    private final DaemonId id;
    private final Handler handler;
    private final ScheduledExecutorService timer;
    private @Nullable HttpServer server;
    private @Nullable Path file;
    private @Nullable Object fileKey;
    private String warned = "";
    private boolean closed;

    PrivateSocket(SocketPlaces places, DaemonId id, Handler handler, ScheduledExecutorService timer) {
        this.places = places;
        this.id = id;
        this.handler = handler;
        this.timer = timer;
    }

    /** Opens the socket if it is not open, or not to be found any more. */
    synchronized void lookAfter() {
        if (closed) {
            return;
        }
        try {
            if (server != null && file != null && isOurs(file)) {
                return;
            }
            stopServing();
            open();
        } catch (IOException e) {
            warn(String.valueOf(e.getMessage()));
        }
    }

    private void open() throws IOException {
        List<String> refusals = new ArrayList<>();
        for (SocketPlaces.Place place : places.directories()) {
            Path candidate = SocketPlaces.socket(place, id);
            if (candidate == null) {
                refusals.add(place.path() + ": path too long for a socket");
                continue;
            }
            try {
                place.prepare();
                ServerSocketChannel channel = SocketFile.listen(candidate, MODE);
                server = HttpServer.start(channel, "runnel-private", handler, timer);
                file = candidate;
                fileKey = key(candidate);
                warned = "";
                LOG.atInfo().addKeyValue("path", candidate).log("private socket opened");
                return;
            } catch (SocketFile.InUseException e) {
                warn(id.description() + " runs already, and answers for this one as long as it does");
                return;
            } catch (IOException | RuntimeException e) {
                refusals.add(e.getMessage() == null ? e.toString() : e.getMessage());
            }
        }
        LOG.atDebug().addKeyValue("refusals", refusals).log("no private socket");
        warn("no directory for the private socket can be written, so `databases` cannot tell health: set"
                + " RUNNEL_RUNTIME_DIR to one that can");
    }

    private void warn(String what) {
        if (!what.equals(warned)) {
            LOG.warn("{}", what);
            warned = what;
        }
    }

    private static @Nullable Object key(Path path) throws IOException {
        return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey();
    }

    private boolean isOurs(Path path) {
        try {
            return java.util.Objects.equals(key(path), fileKey);
        } catch (IOException e) {
            return false;
        }
    }

    private void stopServing() throws IOException {
        HttpServer ending = server;
        Path left = file;
        server = null;
        file = null;
        if (ending != null && left != null) {
            boolean ours = isOurs(left);
            ending.close();
            if (ours) {
                Files.deleteIfExists(left);
            }
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        stopServing();
    }
}
