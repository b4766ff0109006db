package dev.runnel.cli.http;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one listening socket: a thread that waits for connections, and threads for requests that end when there are
 * none. One request a connection. A client that is slow to send or to read is cut off. Thread-safe.
 */
public final class HttpServer implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    private static final int MAX_CONNECTIONS = 32;
    private static final int IDLE_SECONDS = 10;
    /** For the request to come in, and again for the response to go out. */
    private static final int PATIENCE_SECONDS = 10;

    private static final int MAX_DRAINED = 1 << 20;

    private final ServerSocketChannel channel;
    private final String name;
    private final Handler handler;
    private final ScheduledExecutorService timer;
    private final ThreadPoolExecutor workers;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

    private HttpServer(ServerSocketChannel channel, String name, Handler handler, ScheduledExecutorService timer) {
        this.channel = channel;
        this.name = name;
        this.handler = handler;
        this.timer = timer;
        AtomicInteger count = new AtomicInteger();
        workers = new ThreadPoolExecutor(
                0,
                MAX_CONNECTIONS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> daemon(task, name + "-" + count.incrementAndGet()));
    }

    /**
     * Begins to serve.
     *
     * @param channel bound, blocking; the server's from now on
     * @param name name of its threads
     * @param timer runs what cuts slow clients off; stays the caller's
     */
    public static HttpServer start(
            ServerSocketChannel channel, String name, Handler handler, ScheduledExecutorService timer) {
        HttpServer server = new HttpServer(channel, name, handler, timer);
        daemon(server::accept, name).start();
        return server;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void accept() {
        while (channel.isOpen()) {
            try {
                SocketChannel connection = channel.accept();
                open.add(connection);
                serveLater(connection);
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                // Too many open files, for example: the next one waits until a descriptor is free.
                LOG.atWarn()
                        .addKeyValue("socket", name)
                        .addKeyValue("error", e.getMessage())
                        .log("cannot accept");
                pause();
            }
        }
    }

    private void pause() {
        try {
            timer.schedule(() -> {}, 1, TimeUnit.SECONDS).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.debug("the timer ended", e);
        }
    }

    private void serveLater(SocketChannel connection) {
        try {
            workers.execute(() -> serve(connection));
        } catch (RejectedExecutionException e) {
            close(connection); // all are busy: whoever is refused comes again
        }
    }

    private void serve(SocketChannel connection) {
        try {
            InputStream in = new BufferedInputStream(Channels.newInputStream(connection));
            OutputStream out = Channels.newOutputStream(connection);
            Request request = null;
            Response response;
            boolean unread = false;
            Future<?> cutOff = cutOffLater(connection);
            try {
                request = RequestReader.read(in, out);
                if (request == null) {
                    return;
                }
                cutOff.cancel(false);
                response = handler.handle(request);
            } catch (HttpFailure e) {
                response = e.response();
                unread = request == null;
            } finally {
                cutOff.cancel(false);
            }
            cutOff = cutOffLater(connection);
            try {
                write(out, response, request);
                if (unread) {
                    drain(connection, in);
                }
            } finally {
                cutOff.cancel(false);
            }
        } catch (IOException e) {
            LOG.atDebug()
                    .addKeyValue("socket", name)
                    .addKeyValue("error", e.getMessage())
                    .log("connection ended");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).addKeyValue("socket", name).log("internal error, request dropped");
        } finally {
            close(connection);
        }
    }

    /** Reads on after a refusal: a connection that is closed before all is read takes the answer with it. */
    private static void drain(SocketChannel connection, InputStream in) throws IOException {
        connection.shutdownOutput();
        byte[] dropped = new byte[8192];
        int left = MAX_DRAINED;
        int count;
        while (left > 0 && (count = in.read(dropped)) >= 0) {
            left -= count;
        }
    }

    private Future<?> cutOffLater(SocketChannel connection) {
        return timer.schedule(() -> close(connection), PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static void write(OutputStream out, Response response, @Nullable Request request) throws IOException {
        StringBuilder head = new StringBuilder("HTTP/1.1 ")
                .append(response.status())
                .append(' ')
                .append(reason(response.status()))
                .append("\r\nContent-Type: ")
                .append(response.contentType())
                .append("\r\nContent-Length: ")
                .append(response.body().length)
                .append("\r\nConnection: close\r\n");
        if (response.allow() != null) {
            head.append("Allow: ").append(response.allow()).append("\r\n");
        }
        byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        boolean bodyless = request != null && request.method().equals("HEAD");
        byte[] message = java.util.Arrays.copyOf(start, start.length + (bodyless ? 0 : response.body().length));
        System.arraycopy(response.body(), 0, message, start.length, message.length - start.length);
        out.write(message);
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 409 -> "Conflict";
            case 411 -> "Length Required";
            case 413 -> "Content Too Large";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 503 -> "Service Unavailable";
            default -> "Status " + status;
        };
    }

    private void close(SocketChannel connection) {
        open.remove(connection);
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("cannot close a connection", e);
        }
    }

    /** Ends it, and the requests under way. The file of a Unix-domain socket is the caller's. */
    @Override
    public void close() throws IOException {
        channel.close();
        workers.shutdownNow();
        open.forEach(this::close);
    }
}
