package dev.runnel.s3;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Locale;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * What happened on the wire during one call. The SDK repeats requests by itself and tells only of the last one; but
 * whether an object may have been written depends on all of them. Confined to the thread of the call.
 */
final class AttemptLog {

    private final @Nullable BodySource body;
    private boolean ambiguous;

    /** @param body what is sent; null if nothing is */
    AttemptLog(@Nullable BodySource body) {
        this.body = body;
    }

    /** The service answered. */
    void answered(int status) {
        // 501 and 503 refuse. Other 5xx may come after the work was done, and so may an error in the body of a 2xx.
        if (status < 300 || (status >= 500 && status != 501 && status != 503)) {
            ambiguous = true;
        }
    }

    /** The exchange broke. */
    void broke(Exception e) {
        if (!isBeforeRequest(e) && !isOfBody(e)) {
            ambiguous = true;
        }
    }

    /** Whether an attempt may have had its effect although the call failed. */
    boolean isAmbiguous() {
        return ambiguous;
    }

    /** What was sent was then not the whole body, and the service keeps nothing of it. */
    private boolean isOfBody(Exception e) {
        IOException failure = body == null ? null : body.failure();
        return failure != null && (e.equals(failure) || failure.equals(e.getCause()));
    }

    private static boolean isBeforeRequest(Exception e) {
        if (e instanceof SocketTimeoutException) {
            return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).startsWith("connect");
        }
        return e instanceof ConnectException
                || e instanceof UnknownHostException
                || e instanceof NoRouteToHostException
                || e instanceof SSLHandshakeException
                || e instanceof SSLPeerUnverifiedException;
    }
}
