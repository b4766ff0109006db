package dev.runnel.web.azure;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.runnel.web.http.Percent;
import dev.runnel.web.http.WebRequest;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs with the key of the storage account: the scheme {@code SharedKey} of the Blob service, from version 2015-02-21
 * on, as "Authorize with Shared Key" in Microsoft's reference has it.
 */
final class SharedKey implements AzureAuthorizer {

    private static final String[] SIGNED_HEADERS = {
        "Content-MD5",
        "Content-Type",
        "Date",
        "If-Modified-Since",
        "If-Match",
        "If-None-Match",
        "If-Unmodified-Since",
        "Range"
    };

    private final String account;
    private final SecretKeySpec key;

    /** @param base64 the key */
    SharedKey(String account, String base64) {
        this.account = account;
        this.key = new SecretKeySpec(Base64.getDecoder().decode(base64), "HmacSHA256");
    }

    @Override
    public void authorize(WebRequest request, String failed) {
        request.header("Authorization", "SharedKey " + account + ":" + signature(stringToSign(request)));
    }

    /** What is signed of a request. */
    String stringToSign(WebRequest request) {
        StringBuilder text = new StringBuilder(request.method()).append('\n');
        text.append("\n\n"); // no Content-Encoding, no Content-Language
        text.append(request.length() == 0 ? "" : request.length()).append('\n');
        for (String name : SIGNED_HEADERS) {
            text.append(request.headers().getOrDefault(name, "")).append('\n');
        }
        request.headers().forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith("x-ms-")) {
                text.append(lower).append(':').append(value.strip()).append('\n');
            }
        });
        text.append('/').append(account).append(request.uri().getRawPath());
        parameters(request.uri().getRawQuery())
                .forEach((name, value) ->
                        text.append('\n').append(name).append(':').append(value));
        return text.toString();
    }

    private static Map<String, String> parameters(@Nullable String query) {
        Map<String, String> parameters = new TreeMap<>();
        if (query != null) {
            for (String parameter : query.split("&")) {
                int equals = parameter.indexOf('=');
                parameters.put(
                        Percent.decode(parameter.substring(0, equals)).toLowerCase(Locale.ROOT),
                        Percent.decode(parameter.substring(equals + 1)));
            }
        }
        return parameters;
    }

    private String signature(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has HmacSHA256", e);
        }
    }
}
