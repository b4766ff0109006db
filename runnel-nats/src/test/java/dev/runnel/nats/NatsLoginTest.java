package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.engine.SystemTime;
import dev.runnel.nats.NatsSettings.Login;
import dev.runnel.nats.NatsSettings.Server;
import dev.runnel.nats.NatsSettings.Tls;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.testkit.nats.NatsServer;
import dev.runnel.testkit.storage.TestThreads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, by what, over which lines. The servers wait longer for a login than the two seconds that are usual. */
class NatsLoginTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** Who is refused waits for so long, since the library tells of it when its time is over. */
    private static final Duration WHOLE_PATIENCE = Duration.ofSeconds(15);

    private static final String BY_PASSWORD = "authorization {timeout: 60, user: u, password: p}";
    private static final String BY_TOKEN = "authorization {timeout: 60, token: t}";
    private static final String BY_KEY =
            "authorization {timeout: 60, users: [{nkey: " + UserKeyTest.PUBLIC + "}, {user: u, password: p}]}";

    @TempDir
    private Path folder;

    private final List<NatsServer> servers = new ArrayList<>();

    @BeforeEach
    void check() {
        assumeTrue(NatsServer.isPossible(), "nats-server is not installed");
    }

    @AfterEach
    void stop() throws IOException {
        for (NatsServer server : servers) {
            server.close();
        }
    }

    private NatsServer start(String more) throws IOException {
        NatsServer started = NatsServer.start(folder.resolve("server" + servers.size()), "jetstream: {}\n" + more);
        servers.add(started);
        return started;
    }

    /** What comes of looking for an object that is not there. */
    private static Throwable look(NatsServer server, Login login, @Nullable Tls tls, String host) {
        return look(server, login, tls, host, PATIENCE);
    }

    private static Throwable look(NatsServer server, Login login, @Nullable Tls tls, String host, Duration patience) {
        NatsSettings settings = new NatsSettings(List.of(new Server(host, server.port())), "b", login, tls, patience);
        try (NatsObjectStore store = new NatsObjectStore(settings, new SystemTime())) {
            return catchThrowable(() -> store.head("x"));
        }
    }

    private static Throwable look(NatsServer server, Login login) {
        return look(server, login, null, "127.0.0.1");
    }

    /** Looks of those who are not let in. */
    private static Callable<Throwable> refused(NatsServer server, Login login) {
        return refused(server, login, null);
    }

    private static Callable<Throwable> refused(NatsServer server, Login login, @Nullable Tls tls) {
        return () -> look(server, login, tls, "127.0.0.1", WHOLE_PATIENCE);
    }

    /** All at the same time, since each waits the whole time. */
    @Test
    void whoIsNotLetInIsTold() throws Exception {
        TestOperator operator = new TestOperator();
        TestOperator other = new TestOperator();
        TestCertificates certificates = new TestCertificates(folder);
        Tls nameless = new Tls(List.of(certificates.authority()), null);
        List<Throwable> failures = TestThreads.callAll(List.of(
                refused(start(BY_PASSWORD), new Login.User("u", "wrong")),
                refused(start(BY_TOKEN), new Login.Token("wrong")),
                refused(start(BY_KEY), new Login.Key(other.userSeed())),
                refused(start(operator.configuration()), new Login.Jwt(operator.userJwt(), UserKeyTest.SEED)),
                refused(start(byCertificate(certificates)), new Login.Anonymous(), nameless)));
        assertRefused(failures.get(0), "`username` and `password`");
        assertRefused(failures.get(1), "`token`");
        assertRefused(failures.get(2), "`nkey` and `seed`");
        assertRefused(failures.get(3), "`jwt` and `seed`");
        assertThat(failures.get(4))
                .as("without a certificate of its own")
                .isInstanceOf(StorageException.class)
                .hasMessageNotContaining("make the bucket");
    }

    private static void assertRefused(Throwable failure, String keys) {
        assertThat(failure)
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("object x in nats://127.0.0.1:")
                .hasMessageContaining("refused the login with " + keys + "; check them")
                .hasMessageNotContaining("wrong");
    }

    @Test
    void byUserAndPassword() throws IOException {
        NatsServer asked = start(BY_PASSWORD);
        createBucket(asked, "\"user\":\"u\",\"pass\":\"p\"");
        assertThat(look(asked, new Login.User("u", "p"))).isInstanceOf(ObjectNotFoundException.class);
    }

    @Test
    void byToken() throws IOException {
        NatsServer asked = start(BY_TOKEN);
        createBucket(asked, "\"auth_token\":\"t\"");
        assertThat(look(asked, new Login.Token("t"))).isInstanceOf(ObjectNotFoundException.class);
    }

    @Test
    void byKey() throws IOException {
        NatsServer asked = start(BY_KEY);
        createBucket(asked, "\"user\":\"u\",\"pass\":\"p\"");
        assertThat(look(asked, new Login.Key(UserKeyTest.SEED))).isInstanceOf(ObjectNotFoundException.class);
    }

    @Test
    void byJwtAndCredentials() throws IOException {
        TestOperator operator = new TestOperator();
        NatsServer asked = start(operator.configuration());
        String jwt = operator.userJwt();
        Login.Jwt login = new Login.Jwt(jwt, operator.userSeed());
        assertThat(look(asked, login))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("make the bucket");
        Path file = Files.writeString(folder.resolve("user.creds"), """
                -----BEGIN NATS USER JWT-----
                JWT
                ------END NATS USER JWT------

                ************************* IMPORTANT *************************
                NKEY Seed printed below can be used to sign and prove identity.

                -----BEGIN USER NKEY SEED-----
                SEED
                ------END USER NKEY SEED------
                """.replace("JWT\n------", jwt + "\n------")
                .replace("SEED\n------", operator.userSeed() + "\n------"));
        assertThat(look(asked, new Login.Credentials(file)))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("make the bucket");
        Files.writeString(file, "hello");
        assertThat(look(asked, new Login.Credentials(file)))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("`creds` " + file + " is no credentials file");
        assertThat(look(asked, new Login.Credentials(folder.resolve("none"))))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("none does not exist");
    }

    @Test
    void whatAUserMayNotDoIsToldAtOnce() throws IOException {
        NatsServer asked = start("""
                authorization {timeout: 60, users: [
                  {user: u, password: p}
                  {user: reader, password: p, permissions: {subscribe: "_INBOX.>", publish: {
                    allow: ["$JS.API.STREAM.INFO.OBJ_b", "$JS.API.STREAM.MSG.GET.OBJ_b", "$JS.API.DIRECT.GET.OBJ_b"]}}}
                ]}
                """);
        createBucket(asked, "\"user\":\"u\",\"pass\":\"p\"");
        try (NatsObjectStore writer =
                        new NatsObjectStore(Settings.of(asked, "b", new Login.User("u", "p")), new SystemTime());
                NatsObjectStore reader =
                        new NatsObjectStore(Settings.of(asked, "b", new Login.User("reader", "p")), new SystemTime())) {
            writer.put("x", ObjectBody.of("x".getBytes(UTF_8)), PutCondition.any(), null);
            assertThat(reader.readTail("x", 1).bytes()).hasSize(1);
            assertThatThrownBy(() -> reader.put("y", ObjectBody.of(new byte[9]), PutCondition.any(), null))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("object y in nats://")
                    .hasMessageContaining("$O.b.C.")
                    .hasMessageContaining("the user must be allowed to publish");
            assertThat(reader.head("x").size()).isEqualTo(1);
        }
    }

    /** What docs/NATS.md says is enough. */
    @Test
    void aUserNeedsNoMorePermissionsThanAreDocumented() throws IOException {
        NatsServer asked = start("""
                authorization {timeout: 60, users: [
                  {user: u, password: p}
                  {user: runnel, password: p, permissions: {
                    publish: ["$O.b.>", "$JS.API.STREAM.INFO.OBJ_b", "$JS.API.STREAM.MSG.GET.OBJ_b",
                              "$JS.API.STREAM.MSG.DELETE.OBJ_b", "$JS.API.STREAM.PURGE.OBJ_b", "$JS.API.DIRECT.GET.OBJ_b",
                              "$JS.API.CONSUMER.CREATE.OBJ_b", "$JS.API.CONSUMER.INFO.OBJ_b.>",
                              "$JS.API.CONSUMER.DELETE.OBJ_b.>"]
                    subscribe: ["_INBOX.>"]}}
                ]}
                """);
        createBucket(asked, "\"user\":\"u\",\"pass\":\"p\"");
        try (NatsObjectStore store =
                new NatsObjectStore(Settings.of(asked, "b", new Login.User("runnel", "p")), new SystemTime())) {
            store.put("x", ObjectBody.of(new byte[500_000]), PutCondition.ifAbsent(), null);
            store.put("x", ObjectBody.of(new byte[400_000]), PutCondition.any(), null);
            try (InputStream in = store.open("x", 200_000, 100)) {
                assertThat(in.readAllBytes()).hasSize(100);
            }
            try (ObjectListing listing = store.list("", null)) {
                assertThat(listing.next()).extracting("key").isEqualTo("x");
            }
            store.delete(List.of("x"));
            assertThat(asked.request("$JS.API.STREAM.INFO.OBJ_b", "", "\"user\":\"u\",\"pass\":\"p\""))
                    .contains("\"messages\":0,");
        }
    }

    private static void createBucket(NatsServer server, String login) throws IOException {
        server.request(
                "$JS.API.STREAM.CREATE.OBJ_b",
                "{\"name\":\"OBJ_b\",\"subjects\":[\"$O.b.>\"],\"discard\":\"new\",\"storage\":\"file\","
                        + "\"allow_rollup_hdrs\":true,\"allow_direct\":true}",
                login);
    }

    @Test
    void overTls() throws Exception {
        TestCertificates certificates = new TestCertificates(folder);
        NatsServer asked = start("tls {timeout: 60, cert_file: \"" + certificates.certificate("server", "dns:localhost")
                + "\", key_file: \"" + certificates.key("server") + "\"}");
        Tls trusting = new Tls(List.of(certificates.authority()), null);
        assertThat(look(asked, new Login.Anonymous(), trusting, "localhost"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("make the bucket");
        assertThat(look(asked, new Login.Anonymous(), trusting, "127.0.0.1"))
                .as("a certificate for another host")
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("no TLS connection comes about");
        assertThat(look(asked, new Login.Anonymous(), new Tls(List.of(), null), "localhost"))
                .as("an issuer that nobody knows")
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("no TLS connection comes about")
                .hasMessageContaining("`root-cas`");
        assertThat(look(asked, new Login.Anonymous(), null, "localhost"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("the server demands TLS; set `tls: true`");
        assertThat(look(asked, new Login.Anonymous(), new Tls(List.of(folder.resolve("none")), null), "localhost"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("`root-cas` " + folder.resolve("none") + " does not exist");
    }

    @Test
    void byCertificate() throws Exception {
        TestCertificates certificates = new TestCertificates(folder);
        NatsServer asked = start(byCertificate(certificates));
        Tls.Identity identity =
                new Tls.Identity(certificates.certificate("client", "dns:client"), certificates.key("client"));
        assertThat(look(
                        asked,
                        new Login.Anonymous(),
                        new Tls(List.of(certificates.authority()), identity),
                        "127.0.0.1"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("make the bucket");
        Tls.Identity wrong = new Tls.Identity(identity.certificate(), identity.certificate());
        assertThat(look(asked, new Login.Anonymous(), new Tls(List.of(), wrong), "127.0.0.1"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("`client-key` " + identity.certificate() + " holds no private key");
    }

    private static String byCertificate(TestCertificates certificates) throws Exception {
        return "tls {timeout: 60, cert_file: \"" + certificates.certificate("server", "ip:127.0.0.1")
                + "\", key_file: \"" + certificates.key("server") + "\", ca_file: \"" + certificates.authority()
                + "\", verify: true}";
    }

    @Test
    void aServerWithoutTlsIsTold() throws Exception {
        assertThat(look(start(""), new Login.Anonymous(), new Tls(List.of(), null), "127.0.0.1"))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("the server has no TLS");
    }
}
