package dev.runnel.web.azure;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.storage.BodySlice;
import dev.runnel.storage.StorageException;
import dev.runnel.web.http.BearerTokens;
import dev.runnel.web.http.WebRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The identity that the surroundings give to this process. The first that the variables tell of:
 *
 * <ol>
 *   <li>a service principal: {@code AZURE_TENANT_ID}, {@code AZURE_CLIENT_ID}, {@code AZURE_CLIENT_SECRET};
 *   <li>a workload identity (Kubernetes): the first two, and {@code AZURE_FEDERATED_TOKEN_FILE};
 *   <li>that of App Service and Container Apps: {@code IDENTITY_ENDPOINT}, {@code IDENTITY_HEADER};
 *   <li>else the managed identity of a virtual machine, from its metadata service.
 * </ol>
 */
final class Identity implements BearerTokens.Source {

    private static final String RESOURCE = "https://storage.azure.com/";

    private final Map<String, String> environment;

    Identity(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public WebRequest request() throws StorageException {
        String tenant = variable("AZURE_TENANT_ID");
        String client = variable("AZURE_CLIENT_ID");
        String secret = variable("AZURE_CLIENT_SECRET");
        String federated = variable("AZURE_FEDERATED_TOKEN_FILE");
        if (!tenant.isEmpty() && !client.isEmpty() && !(secret.isEmpty() && federated.isEmpty())) {
            Map<String, String> form = new LinkedHashMap<>();
            form.put("grant_type", "client_credentials");
            form.put("client_id", client);
            form.put("scope", RESOURCE + ".default");
            if (secret.isEmpty()) {
                form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
                form.put("client_assertion", federatedToken(Path.of(federated)));
            } else {
                form.put("client_secret", secret);
            }
            String authority = environment
                    .getOrDefault("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com")
                    .replaceAll("/+$", "");
            return new WebRequest("POST", address(authority + "/" + tenant + "/oauth2/v2.0/token"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .body(BodySlice.of(BearerTokens.parameters(form).getBytes(UTF_8)));
        }
        Map<String, String> query = new LinkedHashMap<>();
        query.put("resource", RESOURCE);
        if (!client.isEmpty()) {
            query.put("client_id", client);
        }
        String endpoint = variable("IDENTITY_ENDPOINT");
        if (!endpoint.isEmpty()) {
            query.put("api-version", "2019-08-01");
            return new WebRequest("GET", address(endpoint + "?" + BearerTokens.parameters(query)))
                    .header("X-IDENTITY-HEADER", variable("IDENTITY_HEADER"));
        }
        query.put("api-version", "2018-02-01");
        String metadata = environment.getOrDefault("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://169.254.169.254");
        String path = "/metadata/identity/oauth2/token?";
        return new WebRequest("GET", address(metadata + path + BearerTokens.parameters(query)))
                .header("Metadata", "true");
    }

    @Override
    public String refusalRemedy() {
        return "; check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or the identity of this machine";
    }

    @Override
    public String absenceRemedy() {
        return "; no credentials found: set account-key or sas-token (or LITESTREAM_AZURE_ACCOUNT_KEY or"
                + " LITESTREAM_AZURE_SAS_TOKEN), or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give"
                + " this machine an identity";
    }

    private String variable(String name) {
        return environment.getOrDefault(name, "");
    }

    private static URI address(String text) throws StorageException {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new StorageException(
                    "AZURE_TENANT_ID, AZURE_AUTHORITY_HOST or IDENTITY_ENDPOINT makes no address: " + text, e);
        }
    }

    private static String federatedToken(Path file) throws StorageException {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new StorageException("AZURE_FEDERATED_TOKEN_FILE " + file + " cannot be read", e);
        }
    }
}
