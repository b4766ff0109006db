package dev.runnel.sftp;

import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.StorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Writes files under another name, and gives them their own when they are whole. Thread-safe. */
final class SftpPublisher {

    /** Longest part of an object's name in that of its temporary file: names have at most 255 bytes. */
    private static final int NAME_CHARS_MAX = 60;

    /** A file system with less is full, as far as a failed write is concerned. */
    private static final long FREE_BYTES_FULL = 2 * SftpClient.DATA_BYTES_MAX;

    private final SftpPlace place;
    private final boolean concurrentWrites;
    /** Makes the names of our temporary files our own: other machines write there too. */
    private final String writer = UUID.randomUUID().toString().substring(0, 18);

    private final AtomicLong sequence = new AtomicLong();

    SftpPublisher(SftpPlace place, boolean concurrentWrites) {
        this.place = place;
        this.concurrentWrites = concurrentWrites;
    }

    ObjectEntry put(SftpClient client, String key, ObjectBody body, @Nullable Instant timestamp) throws IOException {
        String target = place.path(key);
        String temporary = temporaryFor(target);
        Attributes written = write(client, key, temporary, body, timestamp);
        try {
            publish(client, key, temporary, target);
        } catch (IndeterminateWriteException e) {
            throw e; // the temporary file may be the object by now
        } catch (IOException e) {
            removeUnseen(client, temporary, e);
            throw e;
        }
        return SftpPlace.entry(key, written);
    }

    private String temporaryFor(String target) {
        int slash = target.lastIndexOf('/');
        String name = target.substring(slash + 1);
        // An object's name may be as long as the file system allows; then only its beginning fits.
        String shown = name.length() <= NAME_CHARS_MAX ? name : name.substring(0, NAME_CHARS_MAX);
        return target.substring(0, slash + 1) + shown + "." + writer + "-" + sequence.incrementAndGet()
                + SftpPlace.TEMPORARY_SUFFIX;
    }

    private Attributes write(
            SftpClient client, String key, String temporary, ObjectBody body, @Nullable Instant timestamp)
            throws IOException {
        byte[] handle;
        try {
            handle = create(client, temporary);
        } catch (SftpStatusException e) {
            throw explained(client, key, temporary, e);
        }
        SftpUpload upload = new SftpUpload(client, handle, concurrentWrites);
        try {
            return upload.write(place.name(key), body, timestamp);
        } catch (IOException e) {
            upload.abandon();
            IOException told =
                    e instanceof SftpStatusException refusal ? explained(client, key, temporary, refusal) : e;
            removeUnseen(client, temporary, told);
            throw told;
        }
    }

    /** Makes the file, and the directories above it if need be. */
    private byte[] create(SftpClient client, String temporary) throws IOException {
        try {
            return client.open(temporary, SftpClient.CREATE_NEW).await().handle();
        } catch (SftpStatusException e) {
            if (e.code() != SftpStatusException.NO_SUCH_FILE && e.code() != SftpStatusException.FAILURE) {
                throw e;
            }
            makeDirectories(client, directoryOf(temporary));
            return client.open(temporary, SftpClient.CREATE_NEW).await().handle();
        }
    }

    private void makeDirectories(SftpClient client, String directory) throws IOException {
        try {
            Attributes attributes = client.attributes(directory).await().attributes();
            if (!attributes.isDirectory()) {
                throw new StorageException("sftp path " + directory + " is a file, not a directory: a tree cannot hold"
                        + " a key and another below it, so move it away or choose another path");
            }
            return;
        } catch (SftpStatusException e) {
            if (directory.equals(".") || directory.equals("/")) {
                throw e;
            }
        }
        int slash = directory.lastIndexOf('/');
        if (slash > 0) {
            makeDirectories(client, directory.substring(0, slash));
        }
        try {
            client.makeDirectory(directory).await().success();
        } catch (SftpStatusException e) {
            // Another writer may have been faster, which servers tell in no particular way.
            boolean there;
            try {
                there = client.attributes(directory).await().attributes().isDirectory();
            } catch (SftpStatusException absent) {
                e.addSuppressed(absent);
                there = false;
            }
            if (!there) {
                throw SftpErrors.map("cannot make the directory " + directory + " in " + place.describe(), e);
            }
        }
    }

    private void publish(SftpClient client, String key, String temporary, String target) throws IOException {
        Pending renamed = client.canReplace() ? client.replace(temporary, target) : client.rename(temporary, target);
        try {
            renamed.await().success();
        } catch (SftpStatusException e) {
            if (isDirectory(client, target)) {
                throw new StorageException(
                        place.name(key) + ": there is a directory of that name, and a tree cannot hold both; choose"
                                + " another key",
                        e);
            }
            if (client.canReplace() || !exists(client, target)) {
                throw e;
            }
            replaceInTwoSteps(client, key, temporary, target);
        } catch (ConnectionLostException | InterruptedIOException e) {
            throw lostReply(key, e);
        }
    }

    /** For servers that cannot rename over a file: whoever reads in between finds nothing there. */
    private void replaceInTwoSteps(SftpClient client, String key, String temporary, String target) throws IOException {
        try {
            Pending removed = client.remove(target);
            Pending renamed = client.rename(temporary, target);
            removed.await().success();
            renamed.await().success();
        } catch (ConnectionLostException | InterruptedIOException e) {
            throw lostReply(key, e);
        }
    }

    private IndeterminateWriteException lostReply(String key, IOException e) {
        return new IndeterminateWriteException(
                place.name(key) + ": written under another name, but whether it got its own is not known: "
                        + e.getMessage(),
                e);
    }

    /** SFTP has no word for a full disk: servers say "Failure", and the free space tells why. */
    private IOException explained(SftpClient client, String key, String temporary, SftpStatusException refusal) {
        if (!client.canTellFreeBytes() || refusal.code() != SftpStatusException.FAILURE) {
            return refusal;
        }
        try {
            long free = client.freeBytes(directoryOf(temporary)).await().freeBytes();
            return free >= FREE_BYTES_FULL
                    ? refusal
                    : new StorageException(
                            "cannot write " + place.name(key) + ": the disk of the server is full (" + free
                                    + " bytes free, " + refusal.getMessage() + "); free space there",
                            refusal);
        } catch (IOException e) {
            refusal.addSuppressed(e);
            return refusal;
        }
    }

    private static boolean exists(SftpClient client, String path) throws IOException {
        try {
            client.attributes(path).await().attributes();
            return true;
        } catch (SftpStatusException e) {
            return false;
        }
    }

    private static boolean isDirectory(SftpClient client, String path) throws IOException {
        try {
            return client.attributes(path).await().attributes().isDirectory();
        } catch (SftpStatusException e) {
            return false;
        }
    }

    /** Removes a file that nobody knows of. Where that fails it stays, and listings leave it out. */
    private static void removeUnseen(SftpClient client, String temporary, IOException after) {
        try {
            client.remove(temporary).await().success();
        } catch (IOException e) {
            after.addSuppressed(e);
        }
    }

    private static String directoryOf(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "." : slash == 0 ? "/" : path.substring(0, slash);
    }
}
