package dev.runnel.s3;

import static dev.runnel.s3.StubS3.error;
import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.StorageException;
import dev.runnel.testkit.http.StubServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates, credentials and the region of the bucket. */
@SuppressWarnings("NullAway.Init")
class S3ConnectionTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    Path directory;

    @Test
    void untrustedCertificateIsToldAndCanBeAccepted() throws Exception {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(selfSigned()));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        server.start();
        try {
            S3Settings.Builder settings = S3Settings.builder()
                    .bucket("b")
                    .endpoint("https://127.0.0.1:" + server.getAddress().getPort())
                    .accessKeyId("id")
                    .secretAccessKey("secret");
            try (S3ObjectStore strict = new S3ObjectStore(settings.build(), new TestTime())) {
                assertThatThrownBy(() -> strict.head("k"))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining("is not trusted")
                        .hasMessageContaining("skip-verify");
            }
            Path bundle = directory.resolve("ca.pem");
            settings.certificateBundle(bundle);
            try (S3ObjectStore store = new S3ObjectStore(settings.build(), new TestTime())) {
                assertThatThrownBy(() -> store.head("k"))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining(bundle + " does not exist");
            }
            Files.writeString(bundle, pem());
            try (S3ObjectStore store = new S3ObjectStore(settings.build(), new TestTime())) {
                assertThatThrownBy(() -> store.head("k")).isInstanceOf(ObjectNotFoundException.class);
            }
            settings.certificateBundle(null);
            S3Settings lax = settings.skipVerify(true).build();
            try (S3ObjectStore store = new S3ObjectStore(lax, new TestTime())) {
                assertThatThrownBy(() -> store.head("k")).isInstanceOf(ObjectNotFoundException.class);
            }
        } finally {
            server.stop(0);
        }
    }

    @Test
    void withoutCredentialsTheMessageNamesWhereTheyGo() {
        assumeTrue(System.getenv("AWS_ACCESS_KEY_ID") == null, "this machine has a key in its environment");
        String none = directory.resolve("none").toString();
        Map<String, String> properties = Map.of(
                "aws.disableEc2Metadata", "true",
                "aws.sharedCredentialsFile", none,
                "aws.configFile", none);
        properties.forEach(System::setProperty);
        S3Settings settings =
                S3Settings.builder().bucket("b").endpoint("http://127.0.0.1:1").build();
        try (S3ObjectStore store = new S3ObjectStore(settings, new TestTime())) {
            assertThatThrownBy(() -> store.head("k"))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("access-key-id")
                    .hasMessageContaining("LITESTREAM_ACCESS_KEY_ID")
                    .hasMessageContaining("AWS_SECRET_ACCESS_KEY");
        } finally {
            properties.keySet().forEach(System::clearProperty);
        }
    }

    @Test
    void regionIsThatOfTheBucket() throws IOException {
        assertThat(regionFor(List.of(location("ap-south-1")))).isEqualTo("ap-south-1");
        assertThat(regionFor(List.of(location("EU")))).isEqualTo("eu-west-1");
        assertThat(regionFor(List.of(location("")))).isEqualTo("us-east-1");
    }

    @Test
    void regionIsFoundWithoutPermissionToAskForIt() throws IOException {
        assertThat(regionFor(List.of(error(403, "AccessDenied", "x-amz-bucket-region", "eu-north-1"))))
                .isEqualTo("eu-north-1");
        assertThat(regionFor(List.of(error(403, "AccessDenied"), status(403, "x-amz-bucket-region", "eu-north-1"))))
                .isEqualTo("eu-north-1");
        assertThat(regionFor(List.of(error(403, "AccessDenied"), status(200, "x-amz-bucket-region", "eu-north-1"))))
                .isEqualTo("eu-north-1");
        assertThat(regionFor(List.of(error(403, "AccessDenied"), status(403)))).isNull();
    }

    /** The region in the signature of a read that follows the answers; null if there was no read. */
    private static @Nullable String regionFor(List<StubServer.Answer> answers) throws IOException {
        try (StubS3 stub = new StubS3()) {
            System.setProperty("aws.endpointUrlS3", stub.endpoint());
            StubServer.Answer[] script = new StubServer.Answer[answers.size() + 1];
            answers.toArray(script);
            script[answers.size()] = status(404);
            stub.answer(script);
            S3Settings settings =
                    stub.settings().endpoint(null).forcePathStyle(true).build();
            try (S3ObjectStore store = new S3ObjectStore(settings, new TestTime())) {
                store.head("k");
            } catch (ObjectNotFoundException e) {
                String authorization = stub.last().header("authorization");
                return authorization.split("/")[2];
            } catch (StorageException e) {
                assertThat(e).hasMessageContaining("lacks a permission");
                return null;
            } finally {
                System.clearProperty("aws.endpointUrlS3");
            }
            throw new AssertionError("The last answer is 404");
        }
    }

    private static StubServer.Answer location(String constraint) {
        return body(200, "<LocationConstraint>" + constraint + "</LocationConstraint>");
    }

    /** A certificate for 127.0.0.1 that nobody signed, made by the tool of the JDK. */
    private String pem() throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve("keys.p12"))) {
            keys.load(in, PASSWORD);
        }
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(keys.getCertificate("test").getEncoded())
                + "\n-----END CERTIFICATE-----\n";
    }

    private SSLContext selfSigned() throws Exception {
        Path store = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "test",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "SAN=IP:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        keytool.getInputStream().readAllBytes();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }
}
