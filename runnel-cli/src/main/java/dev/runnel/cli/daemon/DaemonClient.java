package dev.runnel.cli.daemon;

import dev.runnel.cli.http.HttpClient;
import dev.runnel.cli.http.Response;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Finds the daemon of a configuration, and asks it. */
public final class DaemonClient {

    private final SocketPlaces places;
    private final DaemonId id;

    /** Looks for the daemon in the same places in which it would look for one for its socket. */
    public DaemonClient(SocketPlaces places, DaemonId id) {
        this.places = places;
        this.id = id;
    }

    /** The daemon does not answer; the message says why, and is all there is to say. */
    public static final class UnreachableException extends IOException {

        private static final long serialVersionUID = 1L;

        UnreachableException(String message, Throwable cause) {
            super(message, cause);
        }

        UnreachableException(String message) {
            super(message);
        }
    }

    /**
     * An answer.
     *
     * @param socket where it came from
     * @param response what it is
     */
    public record Answer(Path socket, Response response) {}

    /**
     * Asks the daemon.
     *
     * @param body of a POST; empty for none
     * @throws UnreachableException if it does not run, or does not answer in time
     */
    public Answer send(String method, String target, String body, Duration patience) throws UnreachableException {
        String why = " is not running";
        for (SocketPlaces.Place place : places.directories()) {
            Path socket = SocketPlaces.socket(place, id);
            if (socket == null || !Files.exists(socket)) {
                continue;
            }
            try {
                place.requireOurs();
                return new Answer(socket, HttpClient.send(socket, method, target, body, patience));
            } catch (SocketTimeoutException e) {
                throw new UnreachableException(
                        id.description() + " does not answer within " + patience.toSeconds() + " s", e);
            } catch (ConnectException e) {
                why = " is not running; it ended without cleaning up";
            } catch (AccessDeniedException e) {
                why = " cannot be asked: permission denied for " + socket;
            } catch (IOException e) {
                why = " cannot be asked: " + e.getMessage();
            }
        }
        if (!places.anyUsable(id)) {
            why += ", or cannot be found: no directory for its socket can be written; set RUNNEL_RUNTIME_DIR to one"
                    + " that can, for the daemon and for this command";
        }
        throw new UnreachableException(id.description() + why);
    }

    /** Asks whoever listens on a socket that was named. */
    public static Answer send(Path socket, String method, String target, String body, Duration patience)
            throws UnreachableException {
        try {
            return new Answer(socket, HttpClient.send(socket, method, target, body, patience));
        } catch (SocketTimeoutException e) {
            throw new UnreachableException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            String why = Files.exists(socket) ? String.valueOf(e.getMessage()) : "no such file or directory";
            throw new UnreachableException("failed to connect to control socket: " + socket + ": " + why, e);
        }
    }
}
