package dev.runnel.web.azure;

import java.net.URI;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where and how to store in Azure Blob Storage. Immutable; made by {@link #builder}. */
public final class AzureSettings {

    private final Builder values;
    private final URI endpoint;

    private AzureSettings(Builder builder) {
        this.values = builder.copy();
        if (values.container.isEmpty() || values.container.contains("/")) {
            throw new IllegalArgumentException(
                    values.container.isEmpty()
                            ? "bucket required for abs replica: the name of the container"
                            : "bucket '" + values.container + "' is no name of a container");
        }
        if (values.account.isEmpty() && (values.endpoint == null || values.sasToken == null)) {
            throw new IllegalArgumentException(
                    "account-name required for abs replica: set it, or write abs://<account>@<container>/<path>");
        }
        this.endpoint = endpoint(values);
        checkSecrets();
    }

    /** All settings empty. */
    public static Builder builder() {
        return new Builder();
    }

    /** Name of the storage account; may be empty with a SAS token and an endpoint. */
    public String account() {
        return values.account;
    }

    /** Name of the container. */
    public String container() {
        return values.container;
    }

    /** Address of the service, without a slash at its end. */
    public URI endpoint() {
        return endpoint;
    }

    /** Whether the endpoint was given, and is not that of the account. */
    public boolean hasOwnEndpoint() {
        return values.endpoint != null;
    }

    /** Base64; null for none. */
    public @Nullable String accountKey() {
        return values.accountKey;
    }

    /** A query without a question mark; null for none. Comes before the account key. */
    public @Nullable String sasToken() {
        return values.sasToken;
    }

    /** Variables that tell of an identity ({@code AZURE_…}, {@code IDENTITY_…}), for use without key and SAS token. */
    Map<String, String> environment() {
        return values.environment;
    }

    /** With what requests are authorized, in words. */
    public String credential() {
        if (values.sasToken != null) {
            return "the SAS token";
        }
        return values.accountKey != null ? "the key of account " + values.account : "the identity of this machine";
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return "AzureSettings[account=" + values.account + ", container=" + values.container + ", endpoint=" + endpoint
                + ", by " + credential() + "]";
    }

    private static URI endpoint(Builder values) {
        String text = values.endpoint == null
                ? "https://" + values.account + ".blob.core.windows.net"
                : values.endpoint.replaceAll("/+$", "");
        URI uri;
        try {
            uri = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("endpoint '" + text + "' is no address", e);
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if (uri.getHost() == null || uri.getRawQuery() != null || !(scheme.equals("http") || scheme.equals("https"))) {
            throw new IllegalArgumentException(
                    "endpoint '" + uri.getScheme() + "://" + uri.getHost() + "' must be as https://host or"
                            + " https://host/path, without a query; a SAS token stands in sas-token");
        }
        return uri;
    }

    private void checkSecrets() {
        if (values.accountKey != null) {
            try {
                Base64.getDecoder().decode(values.accountKey);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("account-key is not Base64; copy it again from the portal", e);
            }
        }
        if (values.sasToken != null && !values.sasToken.matches("[\\w%&=.~+/:,;@!$'()*?-]+")) {
            throw new IllegalArgumentException(
                    "sas-token has a character that no query has; copy it again, as sv=...&sig=...");
        }
    }

    /** Collects settings. Null and an empty text mean "not set". */
    public static final class Builder {

        private String account = "";
        private String container = "";
        private @Nullable String endpoint;
        private @Nullable String accountKey;
        private @Nullable String sasToken;
        private Map<String, String> environment = Map.of();

        private Builder() {}

        public Builder account(@Nullable String value) {
            account = value == null ? "" : value;
            return this;
        }

        public Builder container(@Nullable String value) {
            container = value == null ? "" : value;
            return this;
        }

        /** Null for {@code https://<account>.blob.core.windows.net}. */
        public Builder endpoint(@Nullable String value) {
            endpoint = emptyToNull(value);
            return this;
        }

        /** Base64, as the portal shows it. */
        public Builder accountKey(@Nullable String base64) {
            accountKey = emptyToNull(base64);
            return this;
        }

        /** With or without the question mark. */
        public Builder sasToken(@Nullable String value) {
            String token = emptyToNull(value);
            sasToken = token != null && token.startsWith("?") ? token.substring(1) : token;
            return this;
        }

        /** Variables of the process, of which {@code AZURE_…} and {@code IDENTITY_…} are looked at. */
        public Builder environment(Map<String, String> variables) {
            environment = Map.copyOf(variables);
            return this;
        }

        /** @throws IllegalArgumentException if a setting is not possible; the message begins with its configuration key */
        public AzureSettings build() {
            return new AzureSettings(this);
        }

        private Builder copy() {
            Builder copy = new Builder();
            copy.account = account;
            copy.container = container;
            copy.endpoint = endpoint;
            copy.accountKey = accountKey;
            copy.sasToken = sasToken;
            copy.environment = environment;
            return copy;
        }

        private static @Nullable String emptyToNull(@Nullable String value) {
            return value == null || value.isEmpty() ? null : value;
        }
    }
}
