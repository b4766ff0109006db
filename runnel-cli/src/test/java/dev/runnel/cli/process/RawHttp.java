package dev.runnel.cli.process;

import dev.runnel.cli.output.Json;
import dev.runnel.json.JsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Speaks HTTP as curl does, without any code of Runnel's own client. */
final class RawHttp {

    private final SocketAddress address;

    private RawHttp(SocketAddress address) {
        this.address = address;
    }

    static RawHttp unix(Path socket) {
        return new RawHttp(UnixDomainSocketAddress.of(socket));
    }

    static RawHttp tcp(int port) {
        return new RawHttp(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Status and body. */
    record Answer(int status, String body) {

        Map<String, @Nullable Object> json() {
            return JsonReader.object(body);
        }

        @Nullable
        Object get(String member) {
            return json().get(member);
        }
    }

    Answer get(String target) throws IOException {
        return send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n");
    }

    Answer post(String target, Map<String, ?> body) throws IOException {
        return post(target, Json.pretty(body));
    }

    Answer post(String target, String body) throws IOException {
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        return send("POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n" + body);
    }

    private Answer send(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(address)) {
            OutputStream out = Channels.newOutputStream(channel);
            out.write(request.getBytes(StandardCharsets.UTF_8));
            InputStream in = Channels.newInputStream(channel);
            String response = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            int head = response.indexOf("\r\n\r\n");
            return new Answer(Integer.parseInt(response.split(" ", 3)[1]), response.substring(head + 4));
        }
    }
}
