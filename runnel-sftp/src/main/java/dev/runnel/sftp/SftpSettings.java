package dev.runnel.sftp;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a server. Equal settings can share a store, and so a connection.
 *
 * @param address where it listens
 * @param login as whom
 * @param hostKey the only key it may identify itself by; null to accept any, with a warning
 * @param concurrentWrites whether several pieces of a file are on their way at the same time; without it, each waits
 *     for the reply to the one before
 */
public record SftpSettings(
        Address address, Login login, @Nullable HostKeyLine hostKey, boolean concurrentWrites) {

    /** A host and its port, 1 to 65535. */
    public record Address(String host, int port) {

        /** Where SSH listens unless told otherwise. */
        public static final int DEFAULT_PORT = 22;

        /**
         * Reads {@code host}, {@code host:port} or {@code [address]:port}.
         *
         * @throws IllegalArgumentException whose message begins with {@code host}, if it is none of these
         */
        public static Address parse(String text) {
            String host = text;
            String port = "";
            int bracket = text.lastIndexOf(']');
            int colon = text.lastIndexOf(':');
            if (text.startsWith("[") && bracket > 0) {
                host = text.substring(1, bracket);
                port = text.substring(bracket + 1);
            } else if (colon >= 0 && text.indexOf(':') == colon) {
                host = text.substring(0, colon);
                port = text.substring(colon);
            }
            if (host.isEmpty() || host.indexOf('/') >= 0 || !port.matches("(:\\d{1,5})?")) {
                throw new IllegalArgumentException(
                        "host \"" + text + "\" is no address; write it as host, host:port or [IPv6 address]:port");
            }
            int number = port.isEmpty() ? DEFAULT_PORT : Integer.parseInt(port.substring(1));
            if (number < 1 || number > 65535) {
                throw new IllegalArgumentException("host \"" + text + "\": a port is from 1 to 65535");
            }
            return new Address(host, number);
        }

        /** The command that prints the keys of the server. */
        public String keyscan() {
            return "ssh-keyscan " + (port == DEFAULT_PORT ? "" : "-p " + port + " ") + host;
        }

        /** As in a URL; the default port is left out. */
        @Override
        public String toString() {
            String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
            return port == DEFAULT_PORT ? name : name + ":" + port;
        }
    }

    /**
     * Who logs in, and by what. With both a key and a password, the key is offered first.
     *
     * @param password null for none
     * @param keyPath file of a private key without a passphrase; null for none
     */
    public record Login(
            String user,
            @Nullable String password,
            @Nullable Path keyPath) {

        /** Without the password. */
        @Override
        public String toString() {
            return "Login[" + user + "]";
        }
    }
}
