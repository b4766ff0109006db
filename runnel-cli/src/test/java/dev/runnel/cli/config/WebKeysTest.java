package dev.runnel.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.s3.S3Settings;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys and URLs of replicas in Azure Blob Storage, Google Cloud Storage, on WebDAV servers and in OSS. */
class WebKeysTest {

    private static String database(String replica) {
        return "dbs:\n  - path: /data/app.db\n    replica: " + replica + "\n";
    }

    @ParameterizedTest
    @CsvSource({
        "'{type: abs, account-name: a, account-key: aw==, bucket: c, path: /p/q/}', abs, abs://a@c/p/q",
        "'{url: \"abs://a@c/p\"}', abs, abs://a@c/p",
        "'{url: \"abs://c/p\", account-name: a}', abs, abs://a@c/p",
        "'{url: \"abs://c\", account-name: a, endpoint: \"http://h:1/a/\"}', abs, abs://a@c?endpoint=http://h:1/a",
        "'{type: gs, bucket: b, path: p}', gs, gs://b/p",
        "'{type: gcs, bucket: b}', gs, gs://b",
        "'{url: \"gcs://b/p\"}', gs, gs://b/p",
        "'{url: \"webdavs://h/p%20q\"}', webdav, webdavs://h/p q",
        "'{url: \"webdav://me:s%40cret@h:81/p\"}', webdav, webdav://h:81/p",
        "'{type: webdav, webdav-url: \"https://h/dav/\", webdav-username: u, webdav-password: hidden, path: p}', webdav,"
                + " webdavs://h/dav/p",
        "'{type: oss, bucket: b, access-key-id: i, secret-access-key: s}', oss,"
                + " oss://b?endpoint=https://oss-cn-hangzhou.aliyuncs.com",
        "'{url: \"oss://b.oss-eu-central-1-internal.aliyuncs.com/p\", access-key-id: i, secret-access-key: s}', oss,"
                + " oss://b/p?endpoint=https://oss-eu-central-1-internal.aliyuncs.com",
        "'{url: \"oss://b/p\", region: cn-beijing, access-key-id: i, secret-access-key: s}', oss,"
                + " oss://b/p?endpoint=https://oss-cn-beijing.aliyuncs.com",
    })
    void placesAreTold(String replica, String type, String location) throws Exception {
        ReplicaTarget target = Configs.replica(database(replica)).target();

        assertThat(target.type()).isEqualTo(type);
        assertThat(target.location()).isEqualTo(location);
        String below = location.replaceFirst("(\\?.*)?$", "/x/y.db$1");
        assertThat(target.below("x/y.db").location()).isEqualTo(below);
    }

    @Test
    void azureTakesTheFirstOfTokenKeyAndIdentity() {
        Map<String, String> key = Map.of("LITESTREAM_AZURE_ACCOUNT_KEY", "aw==");
        Map<String, String> both =
                Map.of("LITESTREAM_AZURE_ACCOUNT_KEY", "aw==", "LITESTREAM_AZURE_SAS_TOKEN", "?sig=x");

        assertThat(azure(Map.of()).settings().credential()).isEqualTo("the identity of this machine");
        assertThat(azure(key).settings().accountKey()).isEqualTo("aw==");
        assertThat(azure(key).settings().credential()).isEqualTo("the key of account a");
        assertThat(azure(both).settings().sasToken()).isEqualTo("sig=x");
        assertThat(azure(both).settings().credential()).isEqualTo("the SAS token");
        assertThat(azure(both).settings().toString()).doesNotContain("aw==").doesNotContain("sig=x");
        assertThat(azure(key).settings().endpoint()).isEqualTo(URI.create("https://a.blob.core.windows.net"));
    }

    @Test
    void userOfAWebDavUrlIsItsLogin() {
        WebDavTarget target =
                (WebDavTarget) ReplicaUrl.parse("webdavs://me:s%40cr:et@h/remote.php/dav/x", Configs.PATHS, Map.of());

        assertThat(target.settings().url()).isEqualTo(URI.create("https://h"));
        assertThat(target.path()).isEqualTo("remote.php/dav/x");
        assertThat(target.settings().username()).isEqualTo("me");
        assertThat(target.settings().password()).isEqualTo("s@cr:et");
        assertThat(target.settings().toString()).doesNotContain("s@cr");
    }

    @Test
    void ossIsS3ByHostWithoutConditions() {
        OssTarget target = (OssTarget) ReplicaUrl.parse(
                "oss://b.oss-cn-beijing.aliyuncs.com/p",
                Configs.PATHS,
                Map.of("OSS_ACCESS_KEY_ID", "i", "OSS_ACCESS_KEY_SECRET", "s", "OSS_SESSION_TOKEN", "t"));
        S3Settings settings = target.settings();

        assertThat(settings.pathStyle()).isFalse();
        assertThat(settings.conditionalWrites()).isFalse();
        assertThat(settings.region()).isEqualTo("cn-beijing");
        assertThat(settings.sessionToken()).isEqualTo("t");
        assertThat(settings.concurrency()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{type: abs, bucket: c} | account-name required for abs replica",
                "{type: abs, account-name: a} | bucket required for abs replica",
                "{url: 'abs://a@c/p', account-key: 'no base'} | account-key is not Base64",
                "{url: 'abs://a@c/p', sas-token: 'a b'} | sas-token has a character that no query has",
                "{url: 'abs://a@c/p', endpoint: 'https://h/?sig=hidden'} | without a query",
                "{url: 'abs://a@c/p', bucket: c} | cannot specify url & bucket",
                "{type: gs} | bucket required for gs replica",
                "{url: 'gs://b/p?x=1'} | must be as gs://bucket/path, without a query",
                "{type: webdav} | webdav-url required for webdav replica",
                "{type: webdav, webdav-url: 'h/p'} | webdav-url must be as https://host",
                "{type: webdav, webdav-url: 'https://me:hidden@h/p'} | webdav-url must not have a user in it",
                "{type: webdav, webdav-url: 'https://h', webdav-password: hidden} | webdav-username is not",
                "{url: 'webdavs://me:hid/den@h/p'} | webdav-url must be as https://host",
                "{url: 'webdavs://me:hidden@h/p', webdav-url: 'https://h'} | cannot specify url & webdav-url",
                "{type: oss, bucket: b} | OSS_ACCESS_KEY_ID",
                "{type: oss, access-key-id: i, secret-access-key: s} | bucket required for oss replica",
                "{url: 'oss://b.example.com/p', access-key-id: i, secret-access-key: s} | oss://bucket.oss-<region>",
            })
    void errorsNameTheKeyAndShowNoSecret(String replica, String message) {
        assertThatThrownBy(() -> Configs.replica(database(replica)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("c.yml:3")
                .hasMessageContaining(message)
                .hasMessageNotContaining("hid");
    }

    private static AzureTarget azure(Map<String, String> environment) {
        return (AzureTarget) ReplicaUrl.parse("abs://a@c/p", Configs.PATHS, environment);
    }
}
