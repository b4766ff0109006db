package dev.runnel.web.webdav;

import dev.runnel.model.TimeSource;
import dev.runnel.web.http.WebErrors;
import dev.runnel.web.http.WebResponse;
import dev.runnel.web.http.XmlEvents;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What statuses mean on a WebDAV server. */
final class WebDavErrors extends WebErrors {

    private final WebDavSettings settings;

    WebDavErrors(WebDavSettings settings, TimeSource time) {
        super(settings.url().toString(), time);
        this.settings = settings;
    }

    /** Some servers say why in an element {@code message}; most send a page for people. */
    @Override
    protected Reason reason(WebResponse response) {
        if (response.status() / 100 == 3) {
            String location = response.header("Location");
            return new Reason("", location == null ? "" : "moved to " + brief(withoutSecrets(location)));
        }
        String[] told = {""};
        try {
            byte[] text = response.text().getBytes(StandardCharsets.UTF_8);
            XmlEvents.read(new ByteArrayInputStream(text), new XmlEvents.Visitor() {
                @Override
                public void start(String name, boolean encoded) {}

                @Override
                public void end(String name, String value) {
                    if (name.equals("message") && told[0].isEmpty()) {
                        told[0] = brief(value);
                    }
                }
            });
        } catch (IOException e) {
            return new Reason("", told[0]); // a page for people
        }
        return new Reason("", told[0]);
    }

    @Override
    protected boolean isAbsence(int status, Reason reason) {
        return status == 404 || status == 410;
    }

    /** 409: a folder on the way is missing; 423: somebody holds a lock; 425: too early. */
    @Override
    protected boolean isPassing(int status, Reason reason) {
        return super.isPassing(status, reason) || status == 409 || status == 423 || status == 425;
    }

    @Override
    protected boolean judgesByClock() {
        return false;
    }

    @Override
    protected String remedy(int status, Reason reason) {
        return switch (status) {
            case 301, 302, 303, 307, 308 -> "; write the address it moved to into webdav-url";
            case 401 ->
                settings.username() == null
                        ? "; the server wants a user: set webdav-username and webdav-password"
                        : "; webdav-username or webdav-password is wrong, or the server takes no Basic authentication"
                                + " (Nextcloud and ownCloud: make an app password)";
            case 403 -> "; the user may not do this there: give the right to read, write and delete";
            case 405, 501 ->
                "; is webdav-url the folder of a WebDAV server (Nextcloud: https://host/remote.php/dav/files/USER)?";
            case 409 -> "; a folder on the way to it is missing, " + settings.url() + " must exist";
            case 413 -> "; the server or a proxy before it limits the length of files: raise the limit";
            case 423 -> "; somebody holds a lock on it";
            case 502 ->
                "; if a proxy before the server takes TLS away, the server must be told (Apache: RequestHeader edit"
                        + " Destination ^https http early)";
            case 507 -> "; the server is full, or the quota of the user is used up: make room";
            default -> "";
        };
    }

    private static String withoutSecrets(String address) {
        return address.replaceFirst("\\?.*", "").replaceFirst("://[^/@]*@", "://");
    }
}
