package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.engine.SystemTime;
import dev.runnel.nats.NatsSettings.Login;
import dev.runnel.nats.NatsSettings.Server;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.nats.NatsServer;
import dev.runnel.testkit.storage.TestThreads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients with connections of their own, at one server and at the servers of a cluster: of two that want the same, one gets it. */
@SuppressWarnings("NullAway.Init")
class NatsRaceTest {

    /** In a cluster, answers are lost when another leader is chosen: long waits for them would only take time. */
    private static final Duration PATIENCE_OF_CLUSTER = Duration.ofSeconds(5);

    @TempDir
    private Path folder;

    private final List<NatsServer> servers = new ArrayList<>();
    private final List<NatsObjectStore> clients = new ArrayList<>();
    private boolean isCluster;

    @BeforeEach
    void check() {
        assumeTrue(NatsServer.isPossible(), "nats-server is not installed");
    }

    @AfterEach
    void stop() throws IOException {
        clients.forEach(NatsObjectStore::close);
        for (NatsServer server : servers) {
            server.close();
        }
    }

    private void single() throws IOException {
        NatsServer server = NatsServer.start(folder.resolve("server"));
        servers.add(server);
        server.createBucket("b");
        for (int i = 0; i < 4; i++) {
            clients.add(client(server, Duration.ofMinutes(1)));
        }
    }

    /** Three servers, each of which has all messages; each client is at another server. */
    private void cluster() throws Exception {
        isCluster = true;
        List<Integer> ports = freePorts(3);
        String routes =
                ports.stream().map(port -> "nats://127.0.0.1:" + port).collect(Collectors.joining(", ", "[", "]"));
        for (int port : ports) {
            servers.add(NatsServer.start(
                    folder.resolve("server" + servers.size()),
                    "jetstream: {}\ncluster: {name: c, listen: \"127.0.0.1:" + port + "\", routes: " + routes + "}"));
        }
        for (NatsServer server : servers) {
            server.awaitOutput("metadata leader");
        }
        Repeat.onceReady(
                IOException.class,
                () -> { // the servers know each other
                    servers.get(0).createBucket("b", "\"num_replicas\":3");
                    return true;
                });
        for (int i = 0; i < 6; i++) {
            clients.add(client(servers.get(i % 3), PATIENCE_OF_CLUSTER));
        }
    }

    /** All are held until the last one is chosen, so that each is another. */
    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    private static NatsObjectStore client(NatsServer server, Duration patience) {
        return new NatsObjectStore(
                new NatsSettings(
                        List.of(new Server("127.0.0.1", server.port())), "b", new Login.Anonymous(), null, patience),
                new SystemTime());
    }

    private static ObjectBody body(String text) {
        return ObjectBody.of(text.getBytes(UTF_8));
    }

    /** What comes of a request to the servers: in a cluster, a leader may have to be chosen first. */
    private <T> T answer(Callable<T> request) throws Exception {
        return isCluster ? Repeat.onceReady(TransientStorageException.class, request) : request.call();
    }

    private static String read(NatsObjectStore client, String key) throws IOException {
        return new String(client.readTail(key, 100).bytes(), UTF_8);
    }

    /** What a writer knows of what it wrote. */
    private enum Outcome {
        STORED,
        REFUSED,
        /** The answer was lost with a leader. */
        UNKNOWN
    }

    private Outcome write(NatsObjectStore client, String key, String text, PutCondition condition) throws Exception {
        return answer(() -> {
            try {
                client.put(key, body(text), condition, null);
                return Outcome.STORED;
            } catch (PreconditionFailedException e) {
                return Outcome.REFUSED;
            } catch (IndeterminateWriteException e) {
                if (!isCluster) {
                    throw e;
                }
                return Outcome.UNKNOWN;
            }
        });
    }

    private Outcome create(NatsObjectStore client, String key, String text) throws Exception {
        return write(client, key, text, PutCondition.ifAbsent());
    }

    /** Stores what nobody else writes now; returns its etag. */
    private String store(String key, String text) throws Exception {
        NatsObjectStore client = clients.get(0);
        Outcome outcome = create(client, key, text);
        assertThat(outcome).as(key).isNotEqualTo(Outcome.REFUSED);
        while (outcome == Outcome.UNKNOWN) {
            outcome = create(client, key, text); // refused if it was stored
        }
        return Objects.requireNonNull(answer(() -> client.head(key)).etag());
    }

    private void oneOfManyCreates(List<String> keys) throws Exception {
        for (String key : keys) {
            List<Outcome> outcomes = TestThreads.callAll(IntStream.range(0, clients.size())
                    .<Callable<Outcome>>mapToObj(i -> () -> create(clients.get(i), key, "writer " + i))
                    .toList());
            if (outcomes.contains(Outcome.UNKNOWN)) {
                assertThat(outcomes.stream().filter(Outcome.STORED::equals).count())
                        .as("creators of %s: %s", key, outcomes)
                        .isLessThanOrEqualTo(1);
            } else {
                assertThat(outcomes).as(key).containsOnlyOnce(Outcome.STORED);
            }
            if (outcomes.contains(Outcome.STORED)) {
                assertThat(answer(() -> read(clients.get(0), key)))
                        .isEqualTo("writer " + outcomes.indexOf(Outcome.STORED));
            }
        }
    }

    private static List<String> keys(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }

    private void noUpdateIsLost(int each) throws Exception {
        store("counter", "0");
        List<Callable<Integer>> counters = new ArrayList<>();
        for (NatsObjectStore client : clients) {
            counters.add(() -> {
                int unknown = 0;
                for (int done = 0; done < each; ) {
                    Outcome outcome = increment(client);
                    done += outcome == Outcome.STORED ? 1 : 0;
                    unknown += outcome == Outcome.UNKNOWN ? 1 : 0;
                }
                return unknown;
            });
        }
        int unknown = TestThreads.callAll(counters).stream()
                .mapToInt(Integer::intValue)
                .sum();
        int done = each * clients.size();
        assertThat(Integer.parseInt(answer(() -> read(clients.get(0), "counter"))))
                .isBetween(done, done + unknown);
    }

    /** Refused if another client was faster. */
    private Outcome increment(NatsObjectStore client) throws Exception {
        ObjectEntry seen = answer(() -> client.head("counter"));
        // Also at one server, who reads may be told that all is replaced faster than it reads.
        int value = Integer.parseInt(Repeat.onceReady(TransientStorageException.class, () -> read(client, "counter")));
        return write(
                client,
                "counter",
                String.valueOf(value + 1),
                PutCondition.ifMatch(Objects.requireNonNull(seen.etag())));
    }

    /** What was deleted is created by one again; who wants to replace it does not. */
    private void deletionIsAChange(int rounds) throws Exception {
        for (String key : keys("gone/", rounds)) {
            String etag = store(key, "old");
            List<Outcome> outcomes = TestThreads.callAll(List.<Callable<Outcome>>of(
                    () -> write(clients.get(2), key, "replaced", PutCondition.ifMatch(etag)), () -> {
                        delete(clients.get(1), key);
                        return Outcome.STORED;
                    }));
            for (NatsObjectStore client : clients) {
                try {
                    assertThat(answer(() -> client.head(key)).size()).isEqualTo(8);
                    assertThat(outcomes.get(0)).isNotEqualTo(Outcome.REFUSED);
                } catch (ObjectNotFoundException e) {
                    // deleted after that, or instead
                }
            }
        }
    }

    private void delete(NatsObjectStore client, String key) throws Exception {
        answer(() -> {
            client.delete(List.of(key));
            return true;
        });
    }

    @Test
    void atOneServer() throws Exception {
        single();
        oneOfManyCreates(keys("race/", 50));
        noUpdateIsLost(25);
        deletionIsAChange(20);
    }

    @Test
    void atACluster() throws Exception {
        cluster();
        oneOfManyCreates(keys("race/", 30));
        oneOfManyCreates(deletedByOthers(10));
        String etag = store("probe", "x");
        Throwable refusal = catchThrowable(() -> write(clients.get(0), "probe", "y", PutCondition.ifMatch(etag)));
        if (refusal != null) { // of Debian's server: 60 increments of six clients came to 55
            assertThat(refusal)
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("do not keep a second writer out; update them to 2.9.21");
            return;
        }
        noUpdateIsLost(10);
        deletionIsAChange(10);
    }

    /** Keys of which there is the mark of a deletion by another client. Where it is not known whether there is, another is taken. */
    private List<String> deletedByOthers(int count) throws Exception {
        List<String> marked = new ArrayList<>();
        for (int i = 0; marked.size() < count; i++) {
            String key = "race/" + i;
            delete(clients.get(0), key);
            try {
                String answer = servers.get(0)
                        .request(
                                "$O.b.M." + Base64.getUrlEncoder().encodeToString(key.getBytes(UTF_8)),
                                "{\"name\":\"" + key + "\",\"bucket\":\"b\",\"nuid\":\"gone\",\"deleted\":true}",
                                "");
                if (answer.contains("\"seq\"")) {
                    marked.add(key);
                }
            } catch (IOException e) {
                // a leader is being chosen
            }
        }
        return marked;
    }

    /** The leader of the bucket is killed among others: of each key, there is one creator at most. */
    @Test
    void whileServersOfAClusterDie() throws Exception {
        cluster();
        store("first", "x");
        List<List<Integer>> won = new ArrayList<>();
        for (int i = 0; i < clients.size(); i++) {
            won.add(new ArrayList<>());
        }
        int keys = 30;
        int leader = Repeat.onceReady(IOException.class, this::leader);
        List<Callable<Integer>> creators = new ArrayList<>();
        for (int i = 0; i < clients.size(); i++) {
            if (i % 3 == leader) {
                continue; // its server will be gone
            }
            int client = i;
            boolean kills = creators.isEmpty();
            creators.add(() -> {
                for (int key = 0; key < keys; key++) {
                    if (create(clients.get(client), "k" + key, "writer " + client) == Outcome.STORED) {
                        won.get(client).add(key);
                    }
                    if (kills && key == 10) {
                        servers.get(leader).kill();
                    }
                    if (kills && key == 20) {
                        servers.get(leader).restart();
                    }
                }
                return 0;
            });
        }
        TestThreads.callAll(creators);
        for (int key = 0; key < keys; key++) {
            int number = key;
            List<Integer> winners = IntStream.range(0, won.size())
                    .filter(i -> won.get(i).contains(number))
                    .boxed()
                    .toList();
            assertThat(winners).as("creators of k%d", key).hasSizeLessThanOrEqualTo(1);
            if (!winners.isEmpty()) {
                NatsObjectStore reader = clients.get(winners.get(0));
                assertThat(answer(() -> read(reader, "k" + number))).isEqualTo("writer " + winners.get(0));
            }
        }
    }

    /** Index of the server that leads the bucket. */
    private int leader() throws IOException {
        String info = servers.get(0).request("$JS.API.STREAM.INFO.OBJ_b", "", "");
        Matcher leader = Pattern.compile("\"leader\": ?\"server(\\d)\"").matcher(info);
        if (!leader.find()) {
            throw new IOException("no leader: " + info);
        }
        return Integer.parseInt(leader.group(1));
    }
}
