package dev.runnel.web.azure;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.StorageException;
import dev.runnel.web.http.BearerTokens;
import dev.runnel.web.http.Percent;
import dev.runnel.web.http.WebClient;
import dev.runnel.web.http.WebErrors;
import dev.runnel.web.http.WebException;
import dev.runnel.web.http.WebRequest;
import dev.runnel.web.http.WebResponse;
import java.net.URI;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes requests to one container, authorizes and sends them. Thread-safe. */
final class AzureRequests {

    /** Of the REST interface; what Azurite and every region know. */
    private static final String VERSION = "2023-11-03";

    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

    private final AzureSettings settings;
    private final TimeSource time;
    private final WebClient client;
    private final AzureAuthorizer authorizer;
    private final AzureErrors errors;

    AzureRequests(AzureSettings settings, TimeSource time, WebClient client) {
        this.settings = settings;
        this.time = time;
        this.client = client;
        this.errors = new AzureErrors(settings, time);
        String key = settings.accountKey();
        if (settings.sasToken() != null) {
            this.authorizer = (request, failed) -> {}; // stands in the query
        } else if (key != null) {
            this.authorizer = new SharedKey(settings.account(), key);
        } else {
            BearerTokens tokens = new BearerTokens(new Identity(settings.environment()), client, time);
            this.authorizer = (request, failed) -> request.header("Authorization", tokens.authorization(failed));
        }
    }

    /**
     * A request for a blob.
     *
     * @param query percent-encoded; empty for none
     */
    WebRequest blob(String method, String key, String query) {
        return request(method, "/" + Percent.path(key), query);
    }

    /** A request for the container. */
    WebRequest container(String method, String query) {
        return request(method, "", query);
    }

    /**
     * Sends a request.
     *
     * @param failed what to say first when it fails
     * @return an answer of success
     */
    WebResponse send(WebRequest request, String failed, WebErrors.Effect effect) throws StorageException {
        request.header("x-ms-version", VERSION)
                .header("x-ms-date", HTTP_DATE.format(time.now().atOffset(ZoneOffset.UTC)));
        authorizer.authorize(request, failed);
        WebResponse response;
        try {
            response = client.send(request);
        } catch (WebException e) {
            throw errors.unanswered(failed, e, effect);
        }
        if (!response.isSuccess()) {
            throw errors.refused(failed, response, effect);
        }
        return response;
    }

    private WebRequest request(String method, String path, String query) {
        String all = joined(query, settings.sasToken());
        return new WebRequest(
                method,
                URI.create(settings.endpoint() + "/" + Percent.component(settings.container()) + path
                        + (all.isEmpty() ? "" : "?" + all)));
    }

    private static String joined(String query, @Nullable String sas) {
        return sas == null ? query : query.isEmpty() ? sas : query + "&" + sas;
    }
}
