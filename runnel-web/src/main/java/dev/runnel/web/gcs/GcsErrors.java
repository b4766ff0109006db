package dev.runnel.web.gcs;

import dev.runnel.model.TimeSource;
import dev.runnel.web.http.WebErrors;
import dev.runnel.web.http.WebResponse;
import dev.runnel.web.http.XmlEvents;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The error codes of Google Cloud Storage. */
final class GcsErrors extends WebErrors {

    private final GcsSettings settings;

    GcsErrors(GcsSettings settings, TimeSource time) {
        super(settings.endpoint().toString(), time);
        this.settings = settings;
    }

    @Override
    protected Reason reason(WebResponse response) {
        String[] told = {"", ""};
        byte[] text = response.text().getBytes(StandardCharsets.UTF_8);
        try {
            XmlEvents.read(new ByteArrayInputStream(text), new XmlEvents.Visitor() {
                @Override
                public void start(String name, boolean encoded) {}

                @Override
                public void end(String name, String value) {
                    if (name.equals("Code")) {
                        told[0] = brief(value);
                    } else if (name.equals("Message")) {
                        told[1] = brief(value);
                    }
                }
            });
        } catch (IOException e) {
            return new Reason("", ""); // no body, or that of a proxy
        }
        return new Reason(told[0], told[1]);
    }

    @Override
    protected boolean isAbsence(int status, Reason reason) {
        return status == 404 && !reason.code().equals("NoSuchBucket");
    }

    @Override
    protected String remedy(int status, Reason reason) {
        if (reason.code().equals("NoSuchBucket")) {
            return "; there is no bucket " + settings.bucket() + ": create it, or correct bucket";
        }
        return switch (status) {
            case 401 -> "; the token of the credentials was refused: check GOOGLE_APPLICATION_CREDENTIALS";
            case 403 ->
                "; the credentials lack a permission on bucket " + settings.bucket()
                        + ": give them the role Storage Object Admin (roles/storage.objectAdmin) on it";
            case 429 -> "; one object cannot be written more than once a second";
            default -> "";
        };
    }
}
