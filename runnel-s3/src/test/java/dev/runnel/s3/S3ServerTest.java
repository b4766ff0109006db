package dev.runnel.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.model.Level;
import dev.runnel.model.TxRange;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.testkit.s3.S3TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The store against a real server that checks signatures. */
@SuppressWarnings("NullAway.Init")
class S3ServerTest {

    private static final Instant TIMESTAMP = Instant.parse("2026-01-01T00:00:00Z");

    private static S3TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = S3TestServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Test
    void partsMakeOneObject() throws IOException {
        byte[] bytes = new byte[23 * 1024 * 1024 + 7];
        new SplittableRandom(1).nextBytes(bytes);
        try (S3ObjectStore store = store(settings().concurrency(3))) {
            store.put("parts", ObjectBody.of(bytes), PutCondition.ifAbsent(), null);
            assertThat(store.head("parts").etag()).endsWith("-5\"");
            try (InputStream in = store.open("parts", 0, bytes.length)) {
                assertThat(in.readAllBytes()).isEqualTo(bytes);
            }
            assertThatThrownBy(() -> store.put("parts", ObjectBody.of(bytes), PutCondition.ifAbsent(), null))
                    .isInstanceOf(PreconditionFailedException.class);
        }
    }

    @Test
    void conditionOnTheCompletionOfAnUploadInPartsHolds() throws IOException {
        byte[] bytes = new byte[6 * 1024 * 1024];
        try (S3ObjectStore store = store(settings())) {
            ObjectEntry first = store.put("cond", ObjectBody.of(bytes), PutCondition.any(), null);
            bytes[0] = 1;
            assertThatThrownBy(() -> store.put("cond", ObjectBody.of(bytes), PutCondition.ifMatch("\"other\""), null))
                    .isInstanceOf(PreconditionFailedException.class);
            assertThat(store.head("cond").etag()).isEqualTo(first.etag());
            store.put("cond", ObjectBody.of(bytes), PutCondition.ifMatch(String.valueOf(first.etag())), null);
            assertThat(store.head("cond").etag()).isNotEqualTo(first.etag());
        }
    }

    /** The one operation that overwrites does so only while what it looked at is still there. */
    @Test
    void damageIsReplacedUnlessSomebodyElseDidSoMeanwhile() throws IOException {
        try (S3ObjectStore store = store(settings())) {
            ReplicaArchive archive = new ReplicaArchive(store, ReplicaLayout.s3("repair"));
            TxRange range = TxRange.of(1, 1);
            byte[] bad = "bad".getBytes(UTF_8);
            byte[] good = "good".getBytes(UTF_8);
            LtxFile file = archive.upload(Level.SNAPSHOT, range, ObjectBody.of(bad), TIMESTAMP);
            String key = archive.layout().key(file);

            assertThatThrownBy(() -> archive.replaceDamaged(file, ObjectBody.of(good), TIMESTAMP, (in, size) -> {
                        store.put(key, ObjectBody.of("other".getBytes(UTF_8)), PutCondition.any(), null);
                        return true;
                    }))
                    .isInstanceOf(PreconditionFailedException.class);
            assertThat(content(store, key)).isEqualTo("other");
            assertThatThrownBy(() -> archive.replaceDamaged(file, ObjectBody.of(good), TIMESTAMP, (in, size) -> false))
                    .hasMessageContaining("not damaged (any more)");
            assertThat(content(store, key)).isEqualTo("other");

            LtxFile replaced = archive.replaceDamaged(
                    file,
                    ObjectBody.of(good),
                    TIMESTAMP,
                    (in, size) -> !new String(in.readAllBytes(), UTF_8).equals("good"));
            assertThat(content(store, key)).isEqualTo("good");
            assertThat(replaced.size()).isEqualTo(good.length);
            assertThat(store.head(key).timestamp()).isEqualTo(TIMESTAMP);
        }
    }

    private static String content(S3ObjectStore store, String key) throws IOException {
        try (InputStream in = store.open(key, 0, store.head(key).size())) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @Test
    void wrongKeysAreTold() throws IOException {
        try (S3ObjectStore store = store(settings().secretAccessKey("wrong"))) {
            assertThatThrownBy(() -> write(store))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("secret-access-key does not belong to key " + S3TestServer.ACCESS_KEY_ID);
        }
        try (S3ObjectStore store = store(settings().accessKeyId("nobody"))) {
            assertThatThrownBy(() -> write(store))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("nobody");
        }
    }

    @Test
    void missingBucketIsTold() throws IOException {
        try (S3ObjectStore store = store(settings().bucket("missing"))) {
            assertThatThrownBy(() -> write(store))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("there is no bucket missing");
            assertThatThrownBy(() -> store.list("", null).next()).hasMessageContaining("there is no bucket missing");
            assertThatThrownBy(() -> store.delete(List.of("k"))).hasMessageContaining("there is no bucket missing");
        }
    }

    @Test
    void serverEnforcesConditions() throws IOException {
        try (S3ObjectStore store = store(settings())) {
            assertThat(store.probeConditions("probe/x")).isTrue();
            assertThat(store.list("probe/", null).next()).isNull();
        }
    }

    /** Without an endpoint setting, as against S3 itself: bucket region asked for, checksums sent. */
    @Test
    void worksAsAgainstS3Itself() throws IOException {
        System.setProperty("aws.endpointUrlS3", server.endpoint());
        try (S3ObjectStore store = store(settings().endpoint(null).forcePathStyle(true))) {
            for (int length : new int[] {0, 100, 6 * 1024 * 1024}) {
                String key = "aws/" + length;
                byte[] bytes = new byte[length];
                new SplittableRandom(length).nextBytes(bytes);
                store.put(key, ObjectBody.of(bytes), PutCondition.ifAbsent(), null);
                try (InputStream in = store.open(key, 0, length)) {
                    assertThat(in.readAllBytes()).isEqualTo(bytes);
                }
                assertThatThrownBy(() -> store.put(key, ObjectBody.of(bytes), PutCondition.ifAbsent(), null))
                        .isInstanceOf(PreconditionFailedException.class);
                store.delete(List.of(key));
            }
            assertThat(store.list("aws/", null).next()).isNull();
        } finally {
            System.clearProperty("aws.endpointUrlS3");
        }
    }

    @Test
    void serverRunsAsAProcessOfItsOwn() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        S3TestServer.class.getName(),
                        "0",
                        "second")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            String endpoint = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)).readLine();
            try (S3ObjectStore store = store(settings().endpoint(endpoint).bucket("second"))) {
                write(store);
                assertThat(store.head("k").size()).isEqualTo(5);
            }
            process.getOutputStream().close();
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static void write(S3ObjectStore store) throws IOException {
        store.put("k", ObjectBody.of("hello".getBytes(UTF_8)), PutCondition.any(), null);
    }

    private static S3Settings.Builder settings() {
        return S3Settings.builder()
                .bucket(S3TestServer.BUCKET)
                .endpoint(server.endpoint())
                .accessKeyId(S3TestServer.ACCESS_KEY_ID)
                .secretAccessKey(S3TestServer.SECRET_ACCESS_KEY);
    }

    private static S3ObjectStore store(S3Settings.Builder settings) {
        return new S3ObjectStore(settings.build(), new TestTime());
    }
}
