package dev.runnel.web.gcs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.json.JsonReader;
import dev.runnel.json.JsonText;
import dev.runnel.model.TimeSource;
import dev.runnel.storage.BodySlice;
import dev.runnel.storage.StorageException;
import dev.runnel.web.http.BearerTokens;
import dev.runnel.web.http.WebRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Google's Application Default Credentials: the file that {@code GOOGLE_APPLICATION_CREDENTIALS} names, else that of
 * {@code gcloud auth application-default login}, else the service account of the machine, from its metadata service. A file
 * is read with every new token, so that it can be replaced. Key files of service accounts and those of users are
 * understood; others (workload identity federation) are refused.
 */
final class DefaultCredentials implements BearerTokens.Source {

    private static final String SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
    private static final String TOKEN_SERVICE = "https://oauth2.googleapis.com/token";
    private static final String NAMED = "GOOGLE_APPLICATION_CREDENTIALS";

    private final GcsSettings settings;
    private final TimeSource time;

    DefaultCredentials(GcsSettings settings, TimeSource time) {
        this.settings = settings;
        this.time = time;
    }

    @Override
    public WebRequest request() throws StorageException {
        Path file = file();
        if (file == null) {
            String host = settings.variable("GCE_METADATA_HOST");
            return new WebRequest(
                            "GET",
                            URI.create("http://" + (host == null ? "metadata.google.internal" : host)
                                    + "/computeMetadata/v1/instance/service-accounts/default/token"))
                    .header("Metadata-Flavor", "Google");
        }
        Map<String, ?> content = content(file);
        String type = String.valueOf(content.get("type"));
        return switch (type) {
            case "service_account" -> serviceAccount(file, content);
            case "authorized_user" -> user(file, content);
            default ->
                throw new StorageException("credentials of type " + type + " in " + file
                        + " are not supported; make a key of a service account, or run where the machine has one");
        };
    }

    @Override
    public String refusalRemedy() {
        return "; the credentials are refused: make a new key of the service account, and check the clock";
    }

    @Override
    public String absenceRemedy() {
        return "; no credentials found: set " + NAMED + " to a key file of a service account, or run where the machine"
                + " has one";
    }

    private @Nullable Path file() {
        String named = settings.variable(NAMED);
        if (named != null) {
            return Path.of(named);
        }
        String config = settings.variable("CLOUDSDK_CONFIG");
        String home = settings.variable("HOME");
        if (config == null && home == null) {
            return null;
        }
        Path directory = config != null ? Path.of(config) : Path.of(String.valueOf(home), ".config", "gcloud");
        Path file = directory.resolve("application_default_credentials.json");
        return Files.exists(file) ? file : null;
    }

    private static Map<String, ?> content(Path file) throws StorageException {
        try {
            return JsonReader.object(Files.readString(file));
        } catch (IOException e) {
            throw new StorageException(
                    "credentials file " + file + " cannot be read: correct " + NAMED + " or its permissions", e);
        } catch (IllegalArgumentException e) {
            throw new StorageException("credentials file " + file + " is not JSON: download the key again", e);
        }
    }

    private WebRequest serviceAccount(Path file, Map<String, ?> content) throws StorageException {
        String audience = content.get("token_uri") instanceof String uri ? uri : TOKEN_SERVICE;
        long now = time.now().getEpochSecond();
        StringBuilder header = new StringBuilder("{\"alg\":\"RS256\",\"typ\":\"JWT\"");
        if (content.get("private_key_id") instanceof String id) {
            header.append(",\"kid\":");
            JsonText.quote(header, id);
        }
        StringBuilder claims = new StringBuilder("{\"iss\":");
        JsonText.quote(claims, text(file, content, "client_email"));
        claims.append(",\"scope\":\"").append(SCOPE).append("\",\"aud\":");
        JsonText.quote(claims, audience);
        claims.append(",\"iat\":")
                .append(now)
                .append(",\"exp\":")
                .append(now + 3600)
                .append('}');
        String signed = base64(header.append('}').toString().getBytes(UTF_8)) + "."
                + base64(claims.toString().getBytes(UTF_8));
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        form.put("assertion", signed + "." + base64(signature(file, text(file, content, "private_key"), signed)));
        return post(file, audience, form);
    }

    private static WebRequest user(Path file, Map<String, ?> content) throws StorageException {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "refresh_token");
        for (String key : new String[] {"client_id", "client_secret", "refresh_token"}) {
            form.put(key, text(file, content, key));
        }
        return post(file, content.get("token_uri") instanceof String uri ? uri : TOKEN_SERVICE, form);
    }

    private static WebRequest post(Path file, String address, Map<String, String> form) throws StorageException {
        URI uri;
        try {
            uri = URI.create(address);
        } catch (IllegalArgumentException e) {
            throw new StorageException("token_uri in " + file + " is no address", e);
        }
        return new WebRequest("POST", uri)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(BodySlice.of(BearerTokens.parameters(form).getBytes(UTF_8)));
    }

    private static String text(Path file, Map<String, ?> content, String key) throws StorageException {
        if (content.get(key) instanceof String text) {
            return text;
        }
        throw new StorageException("credentials file " + file + " has no " + key + ": download the key again");
    }

    private static byte[] signature(Path file, String pem, String text) throws StorageException {
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
            PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(text.getBytes(UTF_8));
            return signature.sign();
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new StorageException("private_key in " + file + " is no RSA key: download the key again", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
