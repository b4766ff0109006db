package dev.runnel.cli.http;

/** Answers requests, several at a time. */
@FunctionalInterface
public interface Handler {

    /**
     * Answers one request.
     *
     * @throws HttpFailure to answer with an error
     * @throws InterruptedException when the server is closed
     */
    Response handle(Request request) throws HttpFailure, InterruptedException;
}
