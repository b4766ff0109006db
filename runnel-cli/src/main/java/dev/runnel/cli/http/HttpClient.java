package dev.runnel.cli.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Asks the daemon behind a Unix-domain socket. */
public final class HttpClient {

    private static final int MAX_BODY = 64 * 1024 * 1024;

    private HttpClient() {}

    /**
     * Sends one request and reads the response.
     *
     * @param socket file of the socket
     * @param target path with its query, encoded
     * @param body of a POST; empty for none
     * @param patience how long it may take from connecting to the last byte
     * @throws java.net.SocketTimeoutException if it takes longer
     * @throws java.net.ConnectException if nobody listens there
     */
    public static Response send(Path socket, String method, String target, String body, Duration patience)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Alarm alarm = new Alarm(channel, patience)) {
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return exchange(channel, method, target, body);
            } catch (AsynchronousCloseException e) {
                throw late(socket, patience);
            } catch (ClosedChannelException | EOFException e) {
                throw alarm.rang() ? late(socket, patience) : e;
            } catch (HttpFailure e) {
                throw new IOException(socket + ": not an HTTP response: " + e.getMessage(), e);
            }
        }
    }

    private static SocketTimeoutException late(Path socket, Duration patience) {
        return new SocketTimeoutException(socket + ": no answer within " + patience.toSeconds() + " s");
    }

    private static Response exchange(SocketChannel channel, String method, String target, String body)
            throws IOException, HttpFailure {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + (content.length == 0
                        ? ""
                        : "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n")
                + "\r\n";
        ByteBuffer message = ByteBuffer.allocate(head.length() + content.length);
        message.put(head.getBytes(StandardCharsets.ISO_8859_1)).put(content).flip();
        while (message.hasRemaining()) {
            channel.write(message);
        }
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
        HttpHead answer = HttpHead.read(in);
        if (answer == null) {
            throw new EOFException("the daemon closed the connection without an answer");
        }
        String[] words = answer.start().split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[1-5][0-9][0-9]")) {
            throw new HttpFailure(400, answer.start());
        }
        long length = answer.contentLength(-1);
        if (answer.fields().containsKey("transfer-encoding") || length > MAX_BODY) {
            throw new HttpFailure(400, "the body is chunked or too large");
        }
        byte[] received = length < 0 ? in.readNBytes(MAX_BODY) : in.readNBytes((int) length);
        if (length >= 0 && received.length < length) {
            throw new EOFException("the answer ends in its body");
        }
        return new Response(
                Integer.parseInt(words[1]), answer.fields().getOrDefault("content-type", ""), received, null);
    }

    /** Closes a channel after a time, unless it is closed itself before. Works where a socket has no timeout of its own. */
    private static final class Alarm implements AutoCloseable {

        private final CountDownLatch done = new CountDownLatch(1);
        private volatile boolean rang;

        Alarm(SocketChannel channel, Duration patience) {
            Thread thread = new Thread(() -> watch(channel, patience), "runnel-client-alarm");
            thread.setDaemon(true);
            thread.start();
        }

        private void watch(SocketChannel channel, Duration patience) {
            try {
                if (!done.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                    rang = true;
                    channel.close();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                rang = true;
            }
        }

        boolean rang() {
            return rang;
        }

        @Override
        public void close() {
            done.countDown();
        }
    }
}
