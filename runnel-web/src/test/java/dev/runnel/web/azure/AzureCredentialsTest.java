package dev.runnel.web.azure;

import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.engine.SystemTime;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.azure.AzuriteServer;
import dev.runnel.testkit.http.StubServer;
import dev.runnel.web.http.TestTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By what requests are authorized: keys and SAS tokens against Azurite, identities against a stub. */
class AzureCredentialsTest {

    private static final StubServer.Answer WRITTEN = status(201, "ETag", "\"e\"");

    private final TestTime time = new TestTime();

    @Test
    void azuriteTakesSasTokensAndRefusesWrongOnes() throws Exception {
        assumeTrue(AzuriteServer.isPossible(), "node and npm are not installed");
        try (AzuriteServer server = AzuriteServer.start()) {
            server.createContainer("box");
            AzureSettings.Builder settings = AzureSettings.builder()
                    .account(AzuriteServer.ACCOUNT)
                    .container("box")
                    .endpoint(server.endpoint());
            String token = server.sasToken("box", "rwdl");
            try (AzureObjectStore store =
                    new AzureObjectStore(settings.sasToken(token).build(), new SystemTime())) {
                put(store);
                assertThat(store.head("k").size()).isEqualTo(3);
                assertThat(store.list("", null).next()).isNotNull();
                store.delete(List.of("k"));
            }
            try (AzureObjectStore store = new AzureObjectStore(
                    settings.sasToken(server.sasToken("box", "r")).build(), new SystemTime())) {
                assertThatThrownBy(() -> put(store))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining("lacks a permission");
            }
            try (AzureObjectStore store = new AzureObjectStore(
                    settings.sasToken(token.replace("sp=rwdl", "sp=rwd")).build(), new SystemTime())) {
                assertThatThrownBy(() -> put(store))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining("sas-token is not valid");
            }
            try (AzureObjectStore store = new AzureObjectStore(
                    settings.sasToken(null).accountKey("c2VjcmV0").build(), new SystemTime())) {
                assertThatThrownBy(() -> put(store))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining("account-key does not belong to account");
            }
            try (AzureObjectStore store = new AzureObjectStore(
                    settings.container("other")
                            .accountKey(AzuriteServer.ACCOUNT_KEY)
                            .build(),
                    new SystemTime())) {
                assertThatThrownBy(() -> put(store))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining("there is no container other");
            }
        }
    }

    /** The example of "Authorize with Shared Key" in Microsoft's reference, as far as it concerns what is sent here. */
    @Test
    void signsHeadersAndParametersInOrder() {
        var request = new dev.runnel.web.http.WebRequest(
                        "GET", java.net.URI.create("http://h/box/a%20b?restype=container&comp=metadata&prefix=%C3%A4"))
                .header("x-ms-version", "2015-02-21")
                .header("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT")
                .header("Range", "bytes=0-1")
                .header("X-Other", "unsigned");
        assertThat(new SharedKey("myaccount", "c2VjcmV0").stringToSign(request))
                .isEqualTo(
                        "GET\n\n\n\n\n\n\n\n\n\n\nbytes=0-1\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
                                + "x-ms-version:2015-02-21\n/myaccount/box/a%20b\ncomp:metadata\nprefix:\u00e4\nrestype:container");
    }

    @Test
    void servicePrincipalGetsATokenAndKeepsIt() throws Exception {
        try (StubServer stub = new StubServer()) {
            AzureObjectStore store = store(
                    stub,
                    Map.of(
                            "AZURE_TENANT_ID", "tenant",
                            "AZURE_CLIENT_ID", "client",
                            "AZURE_CLIENT_SECRET", "s&cret",
                            "AZURE_AUTHORITY_HOST", stub.endpoint() + "/"));
            StubServer.Answer token = body(200, "{\"access_token\":\"t1\",\"expires_in\":3599}");
            stub.answer(token, WRITTEN);
            put(store);
            put(store);
            assertThat(stub.requests()).hasSize(3);
            StubServer.Request asked = stub.requests().get(0);
            assertThat(asked.method() + " " + asked.path()).isEqualTo("POST /tenant/oauth2/v2.0/token");
            assertThat(new String(asked.body(), UTF_8))
                    .isEqualTo("grant_type=client_credentials&client_id=client"
                            + "&scope=https%3A%2F%2Fstorage.azure.com%2F.default&client_secret=s%26cret");
            assertThat(stub.last().header("authorization")).isEqualTo("Bearer t1");
            time.set(time.now().plus(Duration.ofMinutes(56)));
            stub.answer(body(200, "{\"access_token\":\"t2\",\"expires_in\":3599}"), WRITTEN);
            put(store);
            assertThat(stub.last().header("authorization")).isEqualTo("Bearer t2");
        }
    }

    @Test
    void workloadIdentityShowsItsFile(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("token"), "assertion\n");
        try (StubServer stub = new StubServer()) {
            AzureObjectStore store = store(
                    stub,
                    Map.of(
                            "AZURE_TENANT_ID",
                            "tenant",
                            "AZURE_CLIENT_ID",
                            "client",
                            "AZURE_FEDERATED_TOKEN_FILE",
                            file.toString(),
                            "AZURE_AUTHORITY_HOST",
                            stub.endpoint()));
            stub.answer(body(200, "{\"access_token\":\"t1\",\"expires_in\":3599}"), WRITTEN);
            put(store);
            assertThat(new String(stub.requests().get(0).body(), UTF_8)).contains("client_assertion=assertion");
        }
    }

    @Test
    void machinesAskTheirMetadataService() throws Exception {
        try (StubServer stub = new StubServer()) {
            stub.answer(body(200, "{\"access_token\":\"t1\",\"expires_in\":\"86399\"}"), WRITTEN);
            put(store(stub, Map.of("AZURE_POD_IDENTITY_AUTHORITY_HOST", stub.endpoint(), "AZURE_CLIENT_ID", "me")));
            assertThat(stub.requests().get(0).path()).isEqualTo("/metadata/identity/oauth2/token");
            assertThat(stub.requests().get(0).header("metadata")).isEqualTo("true");
            assertThat(stub.requests().get(0).query())
                    .contains("resource=https%3A%2F%2Fstorage.azure.com%2F")
                    .contains("client_id=me");
            long expiry = time.now().plusSeconds(3600).getEpochSecond();
            stub.answer(body(200, "{\"access_token\":\"t2\",\"expires_on\":\"" + expiry + "\"}"), WRITTEN);
            AzureObjectStore service =
                    store(stub, Map.of("IDENTITY_ENDPOINT", stub.endpoint() + "/msi", "IDENTITY_HEADER", "h"));
            put(service);
            put(service);
            assertThat(stub.requests()).hasSize(3);
            assertThat(stub.requests().get(0).header("x-identity-header")).isEqualTo("h");
        }
    }

    @Test
    void refusedAndAbsentIdentitiesSayWhatToDo() throws Exception {
        try (StubServer stub = new StubServer()) {
            stub.answer(body(401, "{\"error\":\"invalid_client\",\"error_description\":\"bad secret\"}"));
            AzureObjectStore store = store(
                    stub,
                    Map.of(
                            "AZURE_TENANT_ID", "tenant",
                            "AZURE_CLIENT_ID", "client",
                            "AZURE_CLIENT_SECRET", "hidden",
                            "AZURE_AUTHORITY_HOST", stub.endpoint()));
            assertThatThrownBy(() -> put(store))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("invalid_client (bad secret)")
                    .hasMessageContaining("check AZURE_TENANT_ID")
                    .hasMessageNotContaining("hidden");
            stub.answer(status(500));
            assertThatThrownBy(() -> put(store)).isInstanceOf(TransientStorageException.class);
            AzureObjectStore lost = store(stub, Map.of("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"));
            assertThatThrownBy(() -> put(lost))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("no credentials found: set account-key or sas-token");
        }
    }

    private AzureObjectStore store(StubServer stub, Map<String, String> environment) {
        return new AzureObjectStore(
                AzureSettings.builder()
                        .account("acct")
                        .container("box")
                        .endpoint(stub.endpoint())
                        .environment(environment)
                        .build(),
                time);
    }

    private static void put(AzureObjectStore store) throws IOException {
        store.put("k", ObjectBody.of(new byte[3]), PutCondition.any(), null);
    }
}
