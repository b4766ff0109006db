package dev.runnel.sftp;

import dev.runnel.storage.StorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One connection, shared by all threads: requests of all go out as they come, and each reply finds its request by its
 * number. A thread of its own connects and sends, so that a caller can be interrupted whatever the network does; a thread
 * of JSch receives. Both end when the connection does: when it is lost, when it is closed, or when nobody has used it for
 * five minutes.
 */
final class SftpConnection {

    private static final int INIT = 1;
    private static final int PROTOCOL = 3;
    private static final int VERSION_SECONDS = 30;
    private static final int IDLE_SECONDS = 300;

    private final SftpSettings settings;
    private final HostKeyCheck hostKeys;
    private final CompletableFuture<Map<String, String>> ready = new CompletableFuture<>();
    private final CompletableFuture<Packet> version = new CompletableFuture<>();
    private final LinkedBlockingQueue<ByteBuffer> outgoing = new LinkedBlockingQueue<>();
    private final Map<Integer, Pending> pending = new HashMap<>();
    private volatile @Nullable SshTransport transport;
    private @Nullable ConnectionLostException ended;
    private final AtomicLong moved = new AtomicLong();
    private int lastId;
    private int users;

    private SftpConnection(SftpSettings settings, HostKeyCheck hostKeys) {
        this.settings = settings;
        this.hostKeys = hostKeys;
    }

    /** Begins to connect. */
    static SftpConnection start(SftpSettings settings, HostKeyCheck hostKeys) {
        SftpConnection connection = new SftpConnection(settings, hostKeys);
        Thread thread = new Thread(connection::run, "runnel-sftp " + settings.address());
        thread.setDaemon(true);
        thread.start();
        return connection;
    }

    /**
     * Keeps the connection from ending for want of use, until {@link #release}.
     *
     * @return false if it has ended
     */
    synchronized boolean acquire() {
        if (ended != null) {
            return false;
        }
        users++;
        return true;
    }

    synchronized void release() {
        users--;
    }

    /**
     * Waits until it is there.
     *
     * @return the extensions of the server
     * @throws StorageException if it does not come about
     * @throws InterruptedIOException if the thread is interrupted, whose flag stays
     */
    Map<String, String> awaitReady() throws IOException {
        try {
            return ready.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StorageException failure) {
                throw failure;
            }
            throw ConnectionLostException.of(e);
        }
    }

    /** Makes a request of a number. */
    interface Request {
        ByteBuffer encode(int id);
    }

    /** Sends a request as soon as those before it are sent. */
    Pending submit(Request request) throws ConnectionLostException {
        Pending reply = new Pending(this);
        synchronized (this) {
            if (ended != null) {
                throw new ConnectionLostException(ended.getMessage(), ended);
            }
            lastId++;
            pending.put(lastId, reply);
            outgoing.add(request.encode(lastId));
        }
        return reply;
    }

    /** Packets sent and received so far. */
    long moved() {
        return moved.get();
    }

    /** Ends it: all that waits fails with {@code reason}. */
    void end(ConnectionLostException reason) {
        List<Pending> lost;
        synchronized (this) {
            if (ended != null) {
                return;
            }
            lost = markEnded(reason);
        }
        finish(reason, lost);
    }

    private void endIfUnused() {
        ConnectionLostException reason = new ConnectionLostException("closed, for nobody used it", null);
        List<Pending> lost;
        synchronized (this) {
            if (users > 0 || ended != null) {
                return;
            }
            lost = markEnded(reason);
        }
        finish(reason, lost);
    }

    /** To be called under the lock: from here on, nobody gets in. */
    private List<Pending> markEnded(ConnectionLostException reason) {
        ended = reason;
        List<Pending> lost = List.copyOf(pending.values());
        pending.clear();
        outgoing.clear();
        outgoing.add(ByteBuffer.allocate(0)); // wakes the thread that sends
        return lost;
    }

    /** To be called without the lock: closing the transport calls back. */
    private void finish(ConnectionLostException reason, List<Pending> lost) {
        ready.completeExceptionally(reason.getCause() instanceof StorageException failure ? failure : reason);
        version.completeExceptionally(reason);
        lost.forEach(reply -> reply.fail(reason));
        SshTransport open = transport;
        if (open != null) {
            open.close();
        }
    }

    private void run() {
        try {
            SshTransport opened = SshTransport.open(settings, hostKeys, new PacketAssembler(new Incoming()));
            transport = opened;
            if (isEnded()) {
                opened.close(); // it was ended before it could know its transport
                return;
            }
            opened.send(ByteBuffer.allocate(9)
                    .putInt(5)
                    .put((byte) INIT)
                    .putInt(PROTOCOL)
                    .flip());
            ready.complete(version.get(VERSION_SECONDS, TimeUnit.SECONDS).extensions());
            while (!isEnded()) {
                sendNext(opened);
            }
        } catch (StorageException e) {
            end(new ConnectionLostException(e.getMessage(), e));
        } catch (IOException | ExecutionException e) {
            end(new ConnectionLostException("the connection was lost: " + e.getMessage(), e));
        } catch (TimeoutException e) {
            end(new ConnectionLostException("the server does not begin to speak SFTP", e));
        } catch (InterruptedException e) {
            end(new ConnectionLostException("interrupted", e));
        }
    }

    private void sendNext(SshTransport to) throws IOException, InterruptedException {
        ByteBuffer next = outgoing.poll(IDLE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            endIfUnused();
        } else if (next.hasRemaining()) {
            to.send(next);
            moved.incrementAndGet();
        }
    }

    private synchronized boolean isEnded() {
        return ended != null;
    }

    /** What comes from the server, on a thread of JSch. */
    private final class Incoming implements PacketAssembler.Receiver {

        @Override
        public void received(Packet packet) {
            moved.incrementAndGet();
            if (packet.type() == Packet.VERSION) {
                version.complete(packet);
                return;
            }
            Pending reply;
            synchronized (SftpConnection.this) {
                reply = pending.remove(packet.id());
            }
            if (reply != null) {
                reply.complete(packet);
            }
        }

        @Override
        public void ended() {
            end(new ConnectionLostException("the server closed the connection", null));
        }
    }
}
