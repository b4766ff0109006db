package dev.runnel.cli.daemon;

import dev.runnel.cli.config.ServiceConfig;
import dev.runnel.cli.http.HttpServer;
import dev.runnel.cli.http.Router;
import dev.runnel.report.Health;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outside of a running daemon. What cannot be opened is told and left out: replication does not depend on it. Idle, it
 * is one blocked thread for each socket, and a look at the private socket every quarter of a minute.
 */
public final class Daemon implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final int TICK_SECONDS = 15;

    private final List<Closeable> open = new ArrayList<>();

    private Daemon() {}

    /**
     * Opens all that is configured, and the private socket.
     *
     * @param places where the private socket can stand
     * @param id by which other processes find it
     * @param meter of the stores
     */
    public static Daemon open(Fleet fleet, ServiceConfig config, SocketPlaces places, DaemonId id, StoreMeter meter) {
        Daemon daemon = new Daemon();
        ScheduledExecutorService timer = daemon.timer("runnel-daemon-timer");
        Metrics metrics = new Metrics(meter, new ProcessGauges(), fleet.about().version());
        StatusApi status = new StatusApi(fleet, metrics);
        Router everything = new Router();
        new ControlApi(fleet).addTo(everything);
        status.addTo(everything);
        status.addPublicTo(everything);
        PrivateSocket privateSocket = new PrivateSocket(places, id, everything, timer);
        daemon.open.add(privateSocket);
        privateSocket.lookAfter();
        daemon.every(timer, privateSocket::lookAfter);
        if (config.socket() != null) {
            daemon.controlSocket(config.socket(), everything, timer);
        }
        if (config.addr() != null) {
            Router open = new Router();
            status.addPublicTo(open);
            daemon.listen(config.addr(), open, timer);
        }
        if (config.heartbeat() != null) {
            daemon.heartbeat(fleet, config.heartbeat());
        }
        return daemon;
    }

    private ScheduledThreadPoolExecutor timer(String name) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        open.add(timer::shutdownNow);
        return timer;
    }

    private void every(ScheduledExecutorService timer, Runnable task) {
        var unused = timer.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException e) {
                        LOG.error("internal error, task goes on", e);
                    }
                },
                TICK_SECONDS,
                TICK_SECONDS,
                TimeUnit.SECONDS);
    }

    private void controlSocket(ServiceConfig.Socket config, Router router, ScheduledExecutorService timer) {
        Path path = config.path();
        try {
            Path directory = path.getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            HttpServer server =
                    HttpServer.start(SocketFile.listen(path, config.permissions()), "runnel-control", router, timer);
            open.add(() -> Files.deleteIfExists(path));
            open.add(server);
            LOG.atInfo().addKeyValue("path", path).log("control socket listening");
        } catch (IOException | RuntimeException e) {
            LOG.atError()
                    .addKeyValue("path", path)
                    .addKeyValue("error", e.getMessage())
                    .log("cannot open the control socket");
        }
    }

    private void listen(String addr, Router router, ScheduledExecutorService timer) {
        try {
            InetSocketAddress address = address(addr);
            ServerSocketChannel channel = ServerSocketChannel.open();
            try {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                channel.bind(address);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
            open.add(HttpServer.start(channel, "runnel-metrics", router, timer));
            if (address.getAddress().isAnyLocalAddress()) {
                LOG.atWarn()
                        .addKeyValue("addr", addr)
                        .log(
                                "metrics are served on all interfaces: name a host, such as 127.0.0.1, to serve them on one");
            }
            int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            LOG.atInfo().addKeyValue("addr", addr).addKeyValue("port", port).log("serving metrics");
        } catch (IOException | RuntimeException e) {
            LOG.atError()
                    .addKeyValue("addr", addr)
                    .addKeyValue("error", e.getMessage())
                    .log("cannot serve metrics");
        }
    }

    /** The address that {@code host:port} names; without a host, all interfaces. */
    static InetSocketAddress address(String addr) throws IOException {
        int colon = addr.lastIndexOf(':');
        String host = addr.substring(0, colon);
        int port = Integer.parseInt(addr.substring(colon + 1));
        if (host.isEmpty()) {
            return new InetSocketAddress(port);
        }
        String name = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        InetSocketAddress address = new InetSocketAddress(name, port);
        if (address.isUnresolved()) {
            throw new IOException("unknown host: " + name);
        }
        return address;
    }

    private void heartbeat(Fleet fleet, ServiceConfig.Heartbeat config) {
        Heartbeat heartbeat = new Heartbeat(config, Heartbeat::get);
        every(timer("runnel-heartbeat"), () -> {
            Fleet.View view = fleet.view(Health.Limits.DEFAULT);
            heartbeat.check(view.reports(), view.now());
        });
    }

    /** Closes the sockets. Never fails: whoever ends the daemon has more important things to tell. */
    @Override
    public void close() {
        for (int i = open.size() - 1; i >= 0; i--) {
            try {
                open.get(i).close();
            } catch (IOException e) {
                LOG.atWarn().addKeyValue("error", e.getMessage()).log("cannot close a socket");
            }
        }
    }
}
