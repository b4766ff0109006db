package dev.runnel.s3;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/** Endpoints as users write them. */
final class Endpoints {

    /** Loopback, link-local and private addresses (RFC 1918, RFC 4193), and names that mean this machine. */
    private static final Pattern LOCAL =
            Pattern.compile("localhost|.+\\.localhost|.+\\.local|127\\..*|10\\..*|192\\.168\\..*"
                    + "|172\\.(?:1[6-9]|2[0-9]|3[01])\\..*|169\\.254\\..*|\\[::1]|\\[f[cd].*|\\[fe80.*");

    private Endpoints() {}

    /**
     * The endpoint as a URI with a scheme: http for this machine and private addresses, https for all others.
     *
     * @throws IllegalArgumentException if it is none
     */
    static URI parse(String text) {
        String trimmed = text.strip();
        int scheme = trimmed.indexOf("://");
        String rest = scheme < 0 ? trimmed : trimmed.substring(scheme + 3);
        while (rest.endsWith("/")) {
            rest = rest.substring(0, rest.length() - 1);
        }
        String prefix = scheme >= 0
                ? trimmed.substring(0, scheme + 3).toLowerCase(Locale.ROOT)
                : isLocal(authorityOf(rest)) ? "http://" : "https://";
        try {
            URI uri = new URI(prefix + rest);
            boolean http = prefix.equals("http://") || prefix.equals("https://");
            if (http && uri.getHost() != null && uri.getRawQuery() == null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(fault(text) + ": " + e.getReason(), e);
        }
        throw new IllegalArgumentException(fault(text));
    }

    /** {@code host} or {@code host:port}, in lower case. */
    static String authority(URI endpoint) {
        return String.valueOf(endpoint.getRawAuthority()).toLowerCase(Locale.ROOT);
    }

    /** Whether an authority is this machine or has a private address, so that plain HTTP is acceptable. */
    static boolean isLocal(String authority) {
        String host = authority.replaceFirst(":[0-9]+$", "").toLowerCase(Locale.ROOT);
        return LOCAL.matcher(host).matches();
    }

    private static String authorityOf(String endpoint) {
        int slash = endpoint.indexOf('/');
        return slash < 0 ? endpoint : endpoint.substring(0, slash);
    }

    private static String fault(String text) {
        return "endpoint '" + text + "' is no http or https address; write it as https://host[:port]";
    }
}
