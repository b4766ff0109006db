package dev.runnel.nats;

import dev.runnel.nats.NatsSettings.Login;
import dev.runnel.nats.NatsSettings.Server;
import dev.runnel.testkit.nats.NatsServer;
import java.time.Duration;
import java.util.List;

/** Settings for the servers of the tests. */
final class Settings {

    private Settings() {}

    static NatsSettings of(NatsServer server, String bucket) {
        return of(server.port(), bucket);
    }

    static NatsSettings of(int port, String bucket) {
        return of(port, bucket, new Login.Anonymous());
    }

    static NatsSettings of(NatsServer server, String bucket, Login login) {
        return of(server.port(), bucket, login);
    }

    private static NatsSettings of(int port, String bucket, Login login) {
        return new NatsSettings(List.of(new Server("127.0.0.1", port)), bucket, login, null, Duration.ofMinutes(1));
    }
}
