package dev.runnel.web.webdav;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where and how to store on a WebDAV server. Immutable.
 *
 * @param url folder that holds everything, which must exist; {@code http} or {@code https}, without user name and slash
 *     at its end
 * @param username for Basic authentication; null for none
 * @param password of that user; null for an empty one
 */
public record WebDavSettings(
        URI url, @Nullable String username, @Nullable String password) {

    /** @throws IllegalArgumentException if a setting is not possible; the message begins with its configuration key */
    public static WebDavSettings of(@Nullable String url, @Nullable String username, @Nullable String password) {
        if (url == null || url.isEmpty()) {
            throw new IllegalArgumentException("webdav-url required for webdav replica");
        }
        URI uri;
        try {
            uri = URI.create(url.replaceAll("/+$", ""));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "webdav-url is no address: encode blanks and other special characters, as %20", e);
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if (uri.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
            throw new IllegalArgumentException("webdav-url must be as https://host or https://host/folder");
        }
        if (uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException(
                    "webdav-url must not have a user in it; write webdav-username and webdav-password");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("webdav-url must not have a query");
        }
        if (username == null && password != null) {
            throw new IllegalArgumentException("webdav-password is set but webdav-username is not; set both or none");
        }
        return new WebDavSettings(uri, username, password);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "WebDavSettings[" + url + ", username=" + username + "]";
    }
}
