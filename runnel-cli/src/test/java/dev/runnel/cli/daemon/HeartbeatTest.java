package dev.runnel.cli.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.runnel.cli.config.ServiceConfig;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.State;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the address is called. Time is driven by hand. */
class HeartbeatTest {

    private static final Instant NOW = Reports.NOW;
    private static final ServiceConfig.Heartbeat CONFIG =
            new ServiceConfig.Heartbeat(URI.create("http://localhost/ping"), Duration.ofMinutes(5));

    private final List<URI> calls = new ArrayList<>();
    private int status = 200;
    private boolean failing;
    private final Heartbeat heartbeat = new Heartbeat(CONFIG, config -> {
        calls.add(config.url());
        if (failing) {
            throw new IOException("unreachable");
        }
        return status;
    });

    private void check(int seconds, DatabaseReport... reports) {
        heartbeat.check(List.of(reports), NOW.plusSeconds(seconds));
    }

    @Test
    void onceInAnInterval() {
        check(0, Reports.database(State.OK, 0));
        check(15, Reports.database(State.OK, 15));
        check(299, Reports.database(State.OK, 299));
        assertThat(calls).hasSize(1);
        check(300, Reports.database(State.OK, 300));
        assertThat(calls).hasSize(2).allMatch(CONFIG.url()::equals);
    }

    @Test
    void anAttemptThatFailsIsOneAsWell() {
        failing = true;
        check(0, Reports.database(State.OK, 0));
        failing = false;
        status = 500;
        check(15, Reports.database(State.OK, 15));
        check(300, Reports.database(State.OK, 300));
        check(315, Reports.database(State.OK, 315));
        assertThat(calls).hasSize(2);
    }

    /** Seconds since the last look at a database that is in sync. */
    @ParameterizedTest
    @CsvSource({"OK, 0, 1", "OK, 300, 1", "OK, 301, 0", "BEHIND, 0, 1"})
    void everyDatabaseWasInSyncWithinTheInterval(State state, int age, int expected) {
        check(0, Reports.database(State.OK, 0), Reports.database(state, -age));
        assertThat(calls).hasSize(expected);
    }

    @Test
    void whatNeverWasInSyncIsNot() {
        check(0, Reports.neverStored(State.FAILING));
        check(0, Reports.neverStored(State.WAITING));
        check(0, Reports.database(State.OK, 0), Reports.neverStored(State.OK));
        assertThat(calls).isEmpty();
    }

    @Test
    void whatWasStoppedDoesNotCount() {
        DatabaseReport stopped = Reports.neverStored(State.OK).stopped("stopped on request", NOW);
        check(0, stopped);
        check(0);
        assertThat(calls).as("but there must be another").isEmpty();
        check(0, stopped, Reports.database(State.OK, 0));
        assertThat(calls).hasSize(1);
    }

    @Test
    void theCallIsAGet() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        List<String> methods = new ArrayList<>();
        server.createContext("/ping/token", exchange -> {
            methods.add(exchange.getRequestMethod());
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        try {
            URI url = URI.create("http://localhost:" + server.getAddress().getPort() + "/ping/token");
            assertThat(Heartbeat.get(new ServiceConfig.Heartbeat(url, Duration.ofMinutes(1))))
                    .isEqualTo(204);
            URI absent = URI.create("http://localhost:" + server.getAddress().getPort() + "/absent");
            assertThat(Heartbeat.get(new ServiceConfig.Heartbeat(absent, Duration.ofMinutes(1))))
                    .isEqualTo(404);
            assertThat(methods).containsExactly("GET");
        } finally {
            server.stop(0);
        }
    }
}
