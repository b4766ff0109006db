package dev.runnel.benchmarks.process;

import dev.runnel.testkit.s3.S3TestServer;
import java.io.Closeable;
import java.io.IOException;

/** An S3 server in a process of its own. */
public final class S3Server implements Closeable {

    private final Peer peer;
    private final String endpoint;

    private S3Server(Peer peer, String endpoint) {
        this.peer = peer;
        this.endpoint = endpoint;
    }

    /** Starts one. */
    public static S3Server start() throws IOException {
        Peer peer = Peer.start(S3TestServer.class);
        return new S3Server(peer, peer.answer());
    }

    /** The lines that a replica's section of a configuration needs, but for its path. */
    String settings() {
        return String.join(
                "\n",
                "      type: s3",
                "      endpoint: " + endpoint,
                "      bucket: " + S3TestServer.BUCKET,
                "      region: us-east-1",
                "      force-path-style: true",
                "      access-key-id: " + S3TestServer.ACCESS_KEY_ID,
                "      secret-access-key: " + S3TestServer.SECRET_ACCESS_KEY,
                "");
    }

    @Override
    public void close() throws IOException {
        peer.close();
    }
}
