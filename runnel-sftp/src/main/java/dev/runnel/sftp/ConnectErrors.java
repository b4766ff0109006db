package dev.runnel.sftp;

import com.jcraft.jsch.JSchAlgoNegoFailException;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchHostKeyException;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What is wrong where no connection comes about, and what to do about it. */
final class ConnectErrors {

    private final SftpSettings settings;
    private final HostKeyCheck hostKeys;
    private final String server;

    ConnectErrors(SftpSettings settings, HostKeyCheck hostKeys) {
        this.settings = settings;
        this.hostKeys = hostKeys;
        this.server = "cannot connect to sftp://" + settings.address();
    }

    StorageException map(JSchException e) {
        if (e instanceof JSchHostKeyException) {
            return wrongHostKey(e);
        }
        if (e instanceof JSchAlgoNegoFailException negotiation) {
            return noCommonAlgorithm(negotiation);
        }
        String message = String.valueOf(e.getMessage());
        if (message.startsWith("Auth ") || message.contains("authentication")) {
            return refusedLogin(e, message);
        }
        Throwable cause = rootOf(e);
        if (cause instanceof UnknownHostException) {
            return new TransientStorageException(
                    server + ": the name " + settings.address().host()
                            + " is not known here; check `host` and the name service",
                    e);
        }
        if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
            return new TransientStorageException(
                    server + ": " + cause.getMessage() + "; is an SSH server running there, on that port?", e);
        }
        if (cause instanceof SocketTimeoutException) {
            return new TransientStorageException(
                    server + ": no answer in time; is a firewall in between, or is the server overloaded?", e);
        }
        return new TransientStorageException(server + ": " + textOf(cause), e);
    }

    private StorageException wrongHostKey(JSchException e) {
        HostKeyLine expected = settings.hostKey();
        HostKeyLine found = hostKeys.found();
        return new StorageException(
                server + ": its host key is " + (found == null ? "not" : shown(found) + ", not")
                        + " the one in `host-key`"
                        + (expected == null ? "" : " (" + shown(expected) + ")")
                        + ". Somebody may be in between. If the server was set up anew, compare the fingerprint with"
                        + " what `ssh-keygen -lf` says there"
                        + (found == null ? "" : " and write `host-key: " + found + "`"),
                e);
    }

    private static String shown(HostKeyLine key) {
        return key.type() + " " + key.fingerprint();
    }

    private StorageException noCommonAlgorithm(JSchAlgoNegoFailException e) {
        HostKeyLine expected = settings.hostKey();
        if (expected != null && String.valueOf(e.getAlgorithmName()).contains("server_host_key")) {
            return new StorageException(
                    server + ": it has no host key of the type " + expected.type() + " that `host-key` names, but "
                            + e.getServerProposal() + ". Write the key that `"
                            + settings.address().keyscan() + "` prints, after comparing it with the one on the server",
                    e);
        }
        return new StorageException(
                server + ": no common algorithm (" + e.getAlgorithmName() + "); it offers " + e.getServerProposal()
                        + ". Update the SSH server",
                e);
    }

    private StorageException refusedLogin(JSchException e, String message) {
        SftpSettings.Login login = settings.login();
        Path key = login.keyPath();
        String by = key == null ? "" : "the key " + key;
        if (login.password() != null) {
            by += (by.isEmpty() ? "" : " and ") + "the password";
        }
        return new StorageException(
                server + ": it refused the user " + login.user() + " with " + by + " (" + message
                        + "). Check `user`, `password` and `key-path`; the public key must stand in"
                        + " ~/.ssh/authorized_keys of that user on the server",
                e);
    }

    StorageException noSftp(Exception e) {
        return new StorageException(
                server + ": it lets the user " + settings.login().user() + " in, but starts no SFTP for it ("
                        + textOf(rootOf(e)) + "). Have the server offer the subsystem sftp (`Subsystem sftp"
                        + " internal-sftp` in sshd_config)",
                e);
    }

    StorageException lockedKey(Path file) {
        return new StorageException(server + ": `key-path` " + file
                + " has a passphrase, which nobody is there to type. Use a key without one, made with `ssh-keygen -N"
                + " ''`, and restrict what it may do on the server");
    }

    StorageException noKey(Path file, JSchException e) {
        return new StorageException(
                server + ": `key-path` " + file + " holds no private key (" + e.getMessage()
                        + "); name the file that `ssh-keygen` made, not the one that ends in .pub",
                e);
    }

    StorageException unreadableKey(Path file, IOException e) {
        String why = e instanceof NoSuchFileException
                ? "does not exist"
                : e instanceof AccessDeniedException
                        ? "may not be read by the user of this process"
                        : "cannot be read: " + e.getMessage();
        return new StorageException(server + ": `key-path` " + file + " " + why, e);
    }

    private static Throwable rootOf(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static String textOf(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
