package dev.runnel.s3;

import java.io.IOException;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;

/**
 * A prepared request that somebody watches.
 *
 * @param prepared the request
 * @param exchange sends it and gives the answer
 */
record ObservedCall(ExecutableHttpRequest prepared, Exchange exchange) implements ExecutableHttpRequest {

    /** Sends a request. */
    @FunctionalInterface
    interface Exchange {

        HttpExecuteResponse with(ExecutableHttpRequest prepared) throws IOException;
    }

    @Override
    public HttpExecuteResponse call() throws IOException {
        return exchange.with(prepared);
    }

    @Override
    public void abort() {
        prepared.abort();
    }
}
