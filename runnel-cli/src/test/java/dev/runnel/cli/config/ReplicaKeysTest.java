package dev.runnel.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.nats.NatsSettings;
import dev.runnel.s3.S3Settings;
import dev.runnel.sftp.SftpSettings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replicas in both spellings, what they inherit, and where they stand. */
class ReplicaKeysTest {

    /** From the documentation of NATS. */
    private static final String NATS_SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";

    /** Base64 of 32 bytes. */
    private static final String SSE_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private static String database(String replicas) {
        return "dbs:\n  - path: /data/app.db\n" + replicas.indent(4);
    }

    @Test
    void leaseIsOnByDefaultAndSetForOneOrAll() throws Exception {
        ReplicaConfig.Policy none = Configs.parse("dbs: [{path: a, replica: {path: r}}]")
                .databases()
                .get(0)
                .replicas()
                .get(0)
                .policy();
        assertThat(none.lease()).isTrue();
        assertThat(none.leaseTtl()).isEqualTo(Duration.ofSeconds(30));
        List<ReplicaConfig> replicas = Configs.parse("""
                lease: false
                lease-ttl: 5s
                dbs:
                  - path: a
                    replicas:
                      - {name: x, path: r1}
                      - {name: y, path: r2, lease: true, lease-ttl: 1m}
                """).databases().get(0).replicas();
        assertThat(replicas.get(0).policy().lease()).isFalse();
        assertThat(replicas.get(0).policy().leaseTtl()).isEqualTo(Duration.ofSeconds(5));
        assertThat(replicas.get(1).policy().lease()).isTrue();
        assertThat(replicas.get(1).policy().leaseTtl()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void theSpellingOf03KeepsItsMeaning() throws Exception {
        RunnelConfig config = Configs.parse(database("""
                replicas:
                  - type: s3
                    bucket: backups
                    path: app
                    retention: 720h
                    retention-check-interval: 6h
                    snapshot-interval: 168h
                    validation-interval: 12h
                    sync-interval: 10s
                  - name: disk
                    path: /backup/app
                    retention: 30m
                """));

        assertThat(config.databases().get(0).replicas())
                .extracting(ReplicaConfig::name)
                .containsExactly("s3", "disk");
        assertThat(config.databases().get(0).replicas().get(0).policy())
                .isEqualTo(new ReplicaConfig.Policy(
                        Duration.ofSeconds(10),
                        Duration.ofHours(168),
                        Duration.ofHours(720),
                        Duration.ofHours(6),
                        Duration.ofHours(12)));
        // 0.3 takes a snapshot when the last one leaves the retention, and checks once an hour, at most after it.
        assertThat(config.databases().get(0).replicas().get(1).policy())
                .isEqualTo(new ReplicaConfig.Policy(
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(30),
                        Duration.ofMinutes(30),
                        Duration.ofMinutes(30),
                        null));
    }

    @ParameterizedTest
    @CsvSource({"0", "-1h"})
    void aRetentionOfZeroOrLessKeepsEverything(String retention) throws Exception {
        ReplicaConfig replica = Configs.replica(database("replicas: [{path: r, retention: " + retention + "}]"));

        assertThat(replica.policy().retention()).isNull();
        assertThat(replica.policy().snapshotInterval()).isEqualTo(Duration.ofHours(24));
    }

    @Test
    void intervalsOfZeroAreOff() throws Exception {
        ReplicaConfig replica = Configs.replica(
                database("replicas: [{path: r, snapshot-interval: 0, validation-interval: 0s, retention: 48h}]"));

        assertThat(replica.policy().snapshotInterval()).isEqualTo(Duration.ofHours(24));
        assertThat(replica.policy().validationInterval()).isNull();
    }

    @Test
    void theIntervalOfTheFileIsThatOfEachReplicaThatSaysNothing() throws Exception {
        RunnelConfig config = Configs.parse("""
                validation: {interval: 6h}
                dbs:
                  - path: a.db
                    replicas:
                      - {path: r1, verify-max-age: 7h}
                      - {path: r2, validation-interval: 1h}
                      - {path: r3, validation-interval: 0s}
                """);

        assertThat(config.databases().get(0).replicas())
                .extracting(replica -> replica.policy().validationInterval())
                .containsExactly(Duration.ofHours(6), Duration.ofHours(1), null);
        assertThat(config.databases().get(0).replicas())
                .extracting(replica -> replica.policy().verifyMaxAge())
                .containsExactly(Duration.ofHours(7), null, null);
    }

    @Test
    void keysOfAReplicaComeBeforeThoseOfDatabaseAndFile() throws Exception {
        RunnelConfig config = Configs.parse("""
                snapshot: {interval: 1h, retention: 2h}
                sync-interval: 7s
                validation-interval: 9h
                dbs:
                  - path: a.db
                    snapshot: {interval: 3h}
                    replicas:
                      - {path: r1, retention: 5h, sync-interval: 2s}
                      - {path: r2}
                """);

        assertThat(config.databases().get(0).replicas())
                .extracting(ReplicaConfig::policy)
                .containsExactly(
                        new ReplicaConfig.Policy(
                                Duration.ofSeconds(2),
                                Duration.ofHours(3),
                                Duration.ofHours(5),
                                Duration.ofHours(1),
                                Duration.ofHours(9)),
                        new ReplicaConfig.Policy(
                                Duration.ofSeconds(7),
                                Duration.ofHours(3),
                                Duration.ofHours(2),
                                null,
                                Duration.ofHours(9)));
    }

    @Test
    void readsEveryKeyOfS3() throws Exception {
        S3Target target = Configs.s3(database("""
                replica:
                  type: s3
                  bucket: backups
                  path: /app//db/
                  region: eu-west-1
                  endpoint: localhost:9000
                  force-path-style: false
                  access-key-id: 0123
                  secret-access-key: geheim
                  skip-verify: yes
                  conditional-writes: false
                  sign-payload: false
                  require-content-md5: off
                  storage-class: STANDARD_IA
                  part-size: 10MB
                  concurrency: 3
                  sse-customer-algorithm: AES256
                  sse-customer-key: %s
                """.formatted(SSE_KEY)));

        S3Settings settings = target.settings();
        assertThat(target.path()).isEqualTo("app/db");
        assertThat(target.location()).isEqualTo("s3://backups/app/db?endpoint=http://localhost:9000");
        assertThat(settings.bucket()).isEqualTo("backups");
        assertThat(settings.region()).isEqualTo("eu-west-1");
        assertThat(settings.endpoint()).isEqualTo(URI.create("http://localhost:9000"));
        assertThat(settings.pathStyle()).isFalse();
        assertThat(settings.accessKeyId()).isEqualTo("0123");
        assertThat(settings.secretAccessKey()).isEqualTo("geheim");
        assertThat(settings.skipVerify()).isTrue();
        assertThat(settings.conditionalWrites()).isFalse();
        assertThat(settings.signPayload()).isFalse();
        assertThat(settings.requireContentMd5()).isFalse();
        assertThat(settings.storageClass()).isEqualTo("STANDARD_IA");
        assertThat(settings.partSize()).isEqualTo(10_000_000L);
        assertThat(settings.concurrency()).isEqualTo(3);
        assertThat(settings.sseCustomerAlgorithm()).isEqualTo("AES256");
        assertThat(settings.sseCustomerKey()).isEqualTo(SSE_KEY);
        assertThat(target.toString()).doesNotContain("geheim", SSE_KEY);
    }

    @Test
    void keysComeBeforeTheUrl() throws Exception {
        String url = "s3://backups/app?region=eu-west-1&partSize=6MiB&skipVerify=true&signPayload=false";
        S3Settings alone = Configs.s3(database("replica: {url: '" + url + "'}")).settings();
        S3Settings overridden = Configs.s3(database("replica: {url: '" + url
                        + "', region: us-east-2, part-size: 7MiB, skip-verify: false, sign-payload: true}"))
                .settings();

        assertThat(alone.region()).isEqualTo("eu-west-1");
        assertThat(alone.partSize()).isEqualTo(6L << 20);
        assertThat(alone.skipVerify()).isTrue();
        assertThat(alone.signPayload()).isFalse();
        assertThat(overridden.region()).isEqualTo("us-east-2");
        assertThat(overridden.partSize()).isEqualTo(7L << 20);
        assertThat(overridden.skipVerify()).isFalse();
        assertThat(overridden.signPayload()).isTrue();
    }

    @Test
    void theCustomersKeyMayStandInAFile(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("key"), SSE_KEY + "\n");
        String keys = "replica: {url: 's3://b/p', sse-customer-key: ignored, sse-customer-key-path: ";

        assertThat(Configs.s3(database(keys + file + "}")).settings().sseCustomerKey())
                .isEqualTo(SSE_KEY);
        assertThat(Configs.refusal(database(keys + "/no/such}")))
                .startsWith("c.yml:3: sse-customer-key-path cannot be read: ");
    }

    @Test
    void replicasInheritFromTheTop() throws Exception {
        RunnelConfig config = Configs.parse("""
                access-key-id: id
                secret-access-key: secret
                bucket: shared
                region: eu-central-1
                endpoint: https://s3.example.com
                skip-verify: true
                part-size: 16MiB
                dbs:
                  - path: a.db
                    replica: {type: s3, path: a, skip-verify: false, region: us-east-2}
                  - path: b.db
                    replica: {url: "s3://own/b"}
                  - path: c.db
                    replica: {path: c}
                """);

        S3Target a = (S3Target) config.databases().get(0).replicas().get(0).target();
        S3Target b = (S3Target) config.databases().get(1).replicas().get(0).target();
        assertThat(a.location()).isEqualTo("s3://shared/a?endpoint=https://s3.example.com");
        assertThat(a.settings().region()).isEqualTo("us-east-2");
        assertThat(a.settings().skipVerify()).isFalse();
        assertThat(b.location()).isEqualTo("s3://own/b?endpoint=https://s3.example.com");
        assertThat(b.settings().region()).isEqualTo("eu-central-1");
        assertThat(b.settings().accessKeyId()).isEqualTo("id");
        assertThat(b.settings().secretAccessKey()).isEqualTo("secret");
        assertThat(b.settings().skipVerify()).isTrue();
        assertThat(b.settings().partSize()).isEqualTo(16L << 20);
        assertThat(config.databases().get(2).replicas().get(0).target())
                .isEqualTo(new FileTarget(Path.of("/srv/app/c")));
        assertThat(config.notes()).isEmpty();
    }

    @Test
    void keysOfAnotherKindOfStoreAreNoted() throws Exception {
        RunnelConfig config = Configs.parse(database("""
                replica:
                  url: file:///backup
                  access-key-id: x
                  host: y
                """));

        assertThat(config.notes())
                .containsExactly(
                        new ConfigNote(5, "access-key-id", "has no meaning for a replica of type file"),
                        new ConfigNote(6, "host", "has no meaning for a replica of type file"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{bucket: b}                      | a replica with a `bucket` needs a `type`, such as `type: s3`",
                "{type: s3, path: p}              | bucket required for s3 replica",
                "{type: file}                     | a file replica needs a `path`, or a `url` such as file:///backup/app",
                "{}                               | a file replica needs a `path`, or a `url` such as file:///backup/app",
                "{path: 's3://b/p'}               | `path` must not be a URL; write it as `url: s3://b/p`",
                "{url: 's3://b/p', path: x}       | cannot specify url & path for a replica; keep one of them",
                "{url: 's3://b/p', bucket: b}     | cannot specify url & bucket for a replica; keep one of them",
                "{url: 's3:///p'}                 | 's3:///p': no bucket; write s3://bucket/path",
                "{url: 'https://b/p'}             | unknown scheme \"https\" of replica URL",
                "{url: 's4://b/p'}                | unknown scheme \"s4\" of replica URL (did you mean `s3`?)",
                "{url: 's3://b/p?regoin=x'}       | unknown parameter `regoin` of replica URL s3://b/p?regoin=...",
                "{url: 's3://b/p', endpoint: 'ftp://x'} | endpoint 'ftp://x' is no http or https address; write it as https://host[:port]",
                "{url: '/backup'}                 | replica URL without a scheme: \"/backup\"; write file:///path or s3://bucket/path",
                "{url: 'file://'}                 | replica URL without a path: \"file://\"",
                "{type: s5, bucket: b}            | `type`: expected one of file, s3, gs, abs, sftp, webdav, nats, oss, gcs, webdavs, not \"s5\" (did you mean `s3`?)",
                "{type: s3, bucket: b, access-key-id: a} | access-key-id is set but secret-access-key is not; set both or none",
                "{type: s3, bucket: b, secret-access-key: a} | secret-access-key is set but access-key-id is not; set both or none",
                "{type: s3, bucket: b, sse-kms-key-id: a, sse-customer-key: c} | sse-customer-key and sse-kms-key-id exclude each other; set one",
                "{path: p, validation-interval: 2h, verify-max-age: 1h} | `verify-max-age` must not be shorter than `validation-interval`, or health would be red between two verifications",
                "{path: p, age: {identities: [ssh-ed25519 AAAA]}} | `age.identities`: line 1 is no age identity: one begins with AGE-SECRET-KEY-1 (passphrases, SSH keys and plugins are not supported)",
                "{path: p, age: {identities: [AGE-SECRET-KEY-1QQ]}} | `age.identities`: line 1 is no valid age identity: damaged, or not copied as a whole",
                "{path: p, lease-ttl: 500ms} | `lease-ttl` must be from 1s to 1h",
                "{path: p, validation-interval: -1s} | `validation-interval` must not be negative",
                "{type: sftp, user: u, password: p} | host required for sftp replica",
                "{type: sftp, host: h, password: p} | user required for sftp replica",
                "{type: sftp, host: h, user: u} | password or key-path required for sftp replica: without one, user u cannot log in",
                "{type: sftp, host: 'h:ssh', user: u, password: p} | host \"h:ssh\" is no address; write it as host, host:port or [IPv6 address]:port",
                "{type: sftp, host: h, user: u, password: p, path: ../x} | path must not lead out of the directory of the user; begin it with a slash instead",
                "{type: sftp, host: h, user: u, password: p, host-key: known_hosts} | host-key is no public key; write one line as `ssh-keyscan` prints it: the type, such as ssh-ed25519, a space, and the key in base64",
                "{url: 'sftp://u:p@h/x', host: h} | cannot specify url & host for a replica; keep one of them",
                "{url: 'sftp://u:100%@h/x'} | replica URL with a % that is not followed by two hexadecimal digits; write a percent sign as %25",
                "{type: nats}                     | bucket required for nats replica: the name of an object store, which must exist",
                "{type: nats, bucket: a.b}        | bucket \"a.b\" is no name of an object store: it has letters, digits, - and _",
                "{url: 'nats://h/b', bucket: c}   | cannot specify url & bucket for a replica; keep one of them",
                "{url: 'nats://u:100%@h/b?x=y'}   | replica URL of NATS must be as nats://host/bucket or nats://user:password@host:4222/bucket, without a query",
                "{url: 'nats://h:x/b'}            | \"h:x\" is no address of a NATS server; write it as host, host:port or [IPv6 address]:port",
                "{url: 'nats://h/b', jwt: j}      | jwt needs `seed` beside it, by which this client proves that it is its own",
                "{url: 'nats://h/b', nkey: UA}    | nkey is a public key, by which nobody can log in; set `seed` to the private half, which begins with SU",
                "{url: 'nats://h/b', seed: SUX}   | seed is not that of a user: it begins with SU, has 58 characters and is copied as a whole, as `nk -gen user` or a credentials file has it",
                "{url: 'nats://h/b', username: u} | username needs `password` beside it",
                "{url: 'nats://h/b', client-key: k} | client-key is set but client-cert is not; set both or none",
                "{url: 'nats://h/b', timeout: 0s} | timeout must be more than zero",
                "{path: p, max-reconnects: many}  | `max-reconnects`: expected a whole number, not \"many\"",
            })
    void replicasThatCannotBeAreRefused(String replica, String message) {
        assertThat(Configs.refusal(database("replica: " + replica))).isEqualTo("c.yml:3: " + message);
    }

    @ParameterizedTest
    @CsvSource({
        "file:///backup/app, /backup/app",
        "file://backup/app, /backup/app",
        "file:relative/app, /srv/app/relative/app",
        "file:///backup/./x/../app/, /backup/app",
        "file:///backup/app?x=y, /backup/app",
        "file:///with blank, /with blank",
        "FILE:///backup, /backup",
    })
    void fileUrls(String url, String path) {
        assertThat(ReplicaUrl.parse(url, Configs.PATHS, Map.of())).isEqualTo(new FileTarget(Path.of(path)));
    }

    @ParameterizedTest
    @CsvSource({
        "s3://bucket/a/b/, s3://bucket/a/b",
        "s3://bucket, s3://bucket",
        "s3://bucket//a, s3://bucket/a",
        "s3://bucket/a?region=x&endpoint=http://h:9, s3://bucket/a?endpoint=http://h:9",
        "s3://bucket.fra1.digitaloceanspaces.com/a, s3://bucket/a?endpoint=https://fra1.digitaloceanspaces.com",
    })
    void s3Urls(String url, String location) {
        assertThat(ReplicaUrl.parse(url, Configs.PATHS, Map.of()).location()).isEqualTo(location);
    }

    @ParameterizedTest
    @CsvSource({
        "'{type: sftp, host: h, user: u, password: x, path: /p}', sftp://u@h/p, /, p",
        "'{type: sftp, host: h, user: u, password: x, path: /p//q/./r/../}', sftp://u@h/p/q, /, p/q",
        "'{type: sftp, host: \"h:2222\", user: u, key-path: k, path: p/q}', sftp://u@h:2222/~/p/q, '', p/q",
        "'{type: sftp, host: \"[::1]:22\", user: u, key-path: k}', 'sftp://u@[::1]/~', '', ''",
        "'{url: \"sftp://me:secret@h:22/p\"}', sftp://me@h/p, /, p",
        "'{url: \"sftp://m%40e:secret@h/a%20b/?x=y\"}', sftp://m@e@h/a b, /, a b",
        "'{url: \"sftp://h\", user: u, password: x}', sftp://u@h/, /, ''",
    })
    void sftpPlaces(String replica, String location, String root, String prefix) throws Exception {
        SftpTarget target =
                (SftpTarget) Configs.replica(database("replica: " + replica)).target();

        assertThat(target.location()).isEqualTo(location);
        assertThat(target.root()).isEqualTo(root);
        assertThat(target.prefix()).isEqualTo(prefix);
        assertThat(target.below("x").location()).isEqualTo(location + (location.endsWith("/") ? "x" : "/x"));
    }

    @Test
    void sftpKeysComeBeforeTheUrl() throws Exception {
        String hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
        SftpTarget target = (SftpTarget) Configs.replica(database(
                        "replica: {url: 'sftp://me:sec%2Fret@h/p', user: other, concurrent-writes: no, host-key: '"
                                + hostKey + " comment', key-path: ~/id}"))
                .target();

        assertThat(target.settings().login())
                .isEqualTo(new SftpSettings.Login(
                        "other", "sec/ret", Configs.PATHS.home().resolve("id")));
        assertThat(target.settings().concurrentWrites()).isFalse();
        assertThat(target.settings().hostKey()).hasToString(hostKey);
        assertThat(target.toString()).doesNotContain("sec/ret");
    }

    @ParameterizedTest
    @CsvSource({
        "'{url: \"nats://h/b\", tls: on, root-cas: [a], timeout: 3s}', nats://h/b",
        "'{url: \"nats://h:4222/b/x//y/\"}', nats://h/b/x/y",
        "'{url: \"nats://u:secret@h:5222,g/b\"}', 'nats://h:5222,g/b'",
        "'{url: \"nats://[::1]:5222/b%2Dc\"}', 'nats://[::1]:5222/b-c'",
        "'{type: nats, bucket: b}', nats://127.0.0.1/b",
        "'{type: nats, bucket: b, path: /app/}', nats://127.0.0.1/b/app",
    })
    void natsPlaces(String replica, String location) throws Exception {
        NatsTarget target =
                (NatsTarget) Configs.replica(database("replica: " + replica)).target();

        assertThat(target.location()).isEqualTo(location);
        assertThat(target.below("x").location()).isEqualTo(location + "/x");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "url: 'nats://h/b'                                | Anonymous[]",
                "url: 'nats://m%40e:se%3Acret@h/b'                | User[m@e]",
                "url: 'nats://m%40e@h/b'                          | Token[]",
                "url: 'nats://me:x@h/b', token: t                 | Token[]",
                "url: 'nats://me:x@h/b', username: u, password: p | User[u]",
                "url: 'nats://h/b', token: t, username: u, password: p, creds: /c | Credentials[file=/c]",
                "url: 'nats://h/b', creds: /c, jwt: j, seed: SEED | Jwt[]",
                "url: 'nats://h/b', nkey: UX, seed: SEED          | Key[]",
                "url: 'nats://h/b', nkey: SEED                    | Key[]",
                "url: 'nats://h/b', seed: SEED, token: t          | Key[]",
            })
    void natsLogins(String keys, String login) throws Exception {
        NatsTarget target = (NatsTarget) Configs.replica(database("replica: {" + keys.replace("SEED", NATS_SEED) + "}"))
                .target();

        assertThat(target.settings().login()).hasToString(login);
        assertThat(target.toString()).doesNotContain("secret").doesNotContain(NATS_SEED);
    }

    @Test
    void natsSettings() throws Exception {
        RunnelConfig config =
                Configs.parse(database("replica: {url: 'nats://h/b', root-cas: [~/ca.pem], client-cert: /c,"
                        + " client-key: /k, timeout: 3s, max-reconnects: -1, reconnect-wait: 2s}"));

        NatsSettings settings =
                ((NatsTarget) config.databases().get(0).replicas().get(0).target()).settings();
        assertThat(settings.tls())
                .isEqualTo(new NatsSettings.Tls(
                        List.of(Configs.PATHS.home().resolve("ca.pem")),
                        new NatsSettings.Tls.Identity(Path.of("/c"), Path.of("/k"))));
        assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(config.notes()).extracting(ConfigNote::key).containsExactly("max-reconnects", "reconnect-wait");
    }

    @Test
    void theSchemeOfAUrlComesBeforeTheType() throws Exception {
        RunnelConfig config = Configs.parse(database("replica: {type: s3, url: \"file:///b\"}"));

        assertThat(config.databases().get(0).replicas().get(0).target()).isEqualTo(new FileTarget(Path.of("/b")));
        assertThat(config.notes()).hasSize(1);
    }

    @Test
    void replicasWithoutANameAreNumbered() throws Exception {
        RunnelConfig config = Configs.parse(database("""
                replicas:
                  - {path: a}
                  - {path: b}
                  - {path: c, name: file-2}
                """));

        assertThat(config.databases().get(0).replicas())
                .extracting(ReplicaConfig::name)
                .containsExactly("file", "file-3", "file-2");
        assertThat(Configs.refusal(database("replicas: [{path: a, name: x}, {path: b, name: x}]")))
                .isEqualTo("c.yml:3: another replica of this database is already named `x`");
    }

    @Test
    void litestreamsOwnVariablesGiveCredentialsUnlessThoseOfTheSdkAreSet() throws Exception {
        String text = database("replica:\n  url: s3://b/p\n");
        Map<String, String> own = Map.of("LITESTREAM_ACCESS_KEY_ID", "i", "LITESTREAM_SECRET_ACCESS_KEY", "s");

        assertThat(accessKeyId(text, own)).isEqualTo("i");
        assertThat(accessKeyId(text, Map.of("LITESTREAM_ACCESS_KEY_ID", "i"))).isNull();
        Map<String, String> both = new HashMap<>(own);
        both.put("AWS_ACCESS_KEY_ID", "a");
        assertThat(accessKeyId(text, both)).isNull();
        assertThat(accessKeyId(text + "      access-key-id: y\n      secret-access-key: z\n", own))
                .isEqualTo("y");
        S3Target alone = (S3Target) ReplicaUrl.parse("s3://b/p", Configs.PATHS, own);
        assertThat(alone.settings().secretAccessKey()).isEqualTo("s");
    }

    private static @Nullable String accessKeyId(String text, Map<String, String> environment) throws ConfigException {
        RunnelConfig config = Configs.parse(text, environment);
        return ((S3Target) config.databases().get(0).replicas().get(0).target())
                .settings()
                .accessKeyId();
    }
}
