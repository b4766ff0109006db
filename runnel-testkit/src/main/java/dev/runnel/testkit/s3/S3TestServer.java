package dev.runnel.testkit.s3;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * An S3 server (S3Proxy, objects in memory) on a free port of the loopback interface. It checks version 4 signatures,
 * so a client that signs wrongly fails. Path style only.
 *
 * <p>In the same process: {@link #start} and {@link #close}. As one of its own: {@link #main}.
 */
public final class S3TestServer implements AutoCloseable {

    /** Of every server of this kind. */
    public static final String ACCESS_KEY_ID = "runnel-test-key";

    /** Of every server of this kind. */
    public static final String SECRET_ACCESS_KEY = "runnel-test-secret";

    /** The bucket that is there from the start. */
    public static final String BUCKET = "runnel-test";

    private final S3Proxy server;
    private final BlobStore objects;

    /** Kept because java.util.logging forgets the level of a logger that nobody holds. */
    private final Logger quiet;

    private S3TestServer(S3Proxy server, BlobStore objects, Logger quiet) {
        this.server = server;
        this.objects = objects;
        this.quiet = quiet;
    }

    /** Starts on a free port. Takes about a second. */
    public static S3TestServer start() throws IOException {
        return start(0);
    }

    /** @param port 0 for a free one */
    public static S3TestServer start(int port) throws IOException {
        Logger quiet = Logger.getLogger("org.gaul");
        quiet.setLevel(Level.WARNING);
        BlobStore objects = new AtomicReplacement(new TransientNio2BlobStore());
        try {
            S3Proxy server = S3Proxy.builder()
                    .blobStore(objects)
                    .endpoint(URI.create("http://127.0.0.1:" + port))
                    .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
                    .stopTimeout(0)
                    .build();
            server.start();
            S3TestServer started = new S3TestServer(server, objects, quiet);
            started.createBucket(BUCKET);
            return started;
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("S3 test server did not start on port " + port, e);
        }
    }

    /** S3Proxy looks at the etag and writes in two steps. That is one too many for {@code If-Match}: look again. */
    private static final class AtomicReplacement extends ForwardingBlobStore {

        private final Object lock = new Object();

        AtomicReplacement(BlobStore delegate) {
            super(delegate);
        }

        @Override
        public PutObjectResponse putBlob(PutObjectRequest request, InputStream body) {
            if (request.ifMatch() == null) {
                return super.putBlob(request, body);
            }
            synchronized (lock) {
                HeadObjectResponse present = blobMetadataIfPresent(request.bucket(), request.key());
                if (present == null || !unquoted(request.ifMatch()).equals(unquoted(present.eTag()))) {
                    throw S3Exceptions.preconditionFailed(new IllegalStateException("other etag"));
                }
                return super.putBlob(request, body);
            }
        }

        private static String unquoted(String etag) {
            return etag.replace("\"", "");
        }
    }

    /** E.g. {@code http://127.0.0.1:41234}. */
    public String endpoint() {
        return "http://127.0.0.1:" + server.getPort();
    }

    /** Adds an empty bucket; without effect if there is one of that name. */
    public void createBucket(String name) {
        if (!objects.containerExists(name)) {
            objects.createContainer(name);
        }
    }

    /** Stops listening; the objects are gone. */
    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("S3 test server did not stop", e);
        }
        objects.close();
    }

    @Override
    public String toString() {
        return "S3TestServer[" + endpoint() + ", log level " + quiet.getLevel() + "]";
    }

    /**
     * Serves until its standard input ends or it is killed. The first line of output is the endpoint.
     *
     * @param args optional: port (default: a free one), more bucket names
     */
    @SuppressWarnings("SystemOut")
    public static void main(String[] args) throws IOException {
        try (S3TestServer server = start(args.length > 0 ? Integer.parseInt(args[0]) : 0)) {
            for (int i = 1; i < args.length; i++) {
                server.createBucket(args[i]);
            }
            System.out.println(server.endpoint());
            System.out.flush();
            while (System.in.read() >= 0) {
                // the parent holds the other end of the pipe
            }
        }
    }
}
