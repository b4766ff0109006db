package dev.runnel.nats;

import dev.runnel.nats.NatsSettings.Tls;
import dev.runnel.storage.StorageException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The context whose sockets also compare the certificate with the name of the server, which the client library does not ask
 * for. A cluster tells its other servers by their addresses, for which certificates seldom are: those are expected to show
 * the name of the configured one.
 */
final class TlsContext extends SSLContext {

    private TlsContext(SSLContext context, String host) {
        super(new Spi(context, host), context.getProvider(), context.getProtocol());
    }

    /** @param host the name that the configuration has for the server */
    static SSLContext of(Tls tls, String host) throws StorageException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(tls), trusted(tls), null);
            return new TlsContext(context, host);
        } catch (GeneralSecurityException | IOException e) {
            throw e instanceof StorageException known
                    ? known
                    : new StorageException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private static TrustManager @Nullable [] trusted(Tls tls) throws GeneralSecurityException, IOException {
        if (tls.rootCas().isEmpty()) {
            return null;
        }
        KeyStore store = empty();
        for (Path file : tls.rootCas()) {
            for (X509Certificate certificate : PemFiles.certificates("root-cas", file)) {
                store.setCertificateEntry(Integer.toString(store.size()), certificate);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager @Nullable [] keys(Tls tls) throws GeneralSecurityException, IOException {
        Tls.Identity identity = tls.identity();
        if (identity == null) {
            return null;
        }
        KeyStore store = empty();
        store.setKeyEntry(
                "client",
                PemFiles.privateKey("client-key", identity.key()),
                new char[0],
                PemFiles.certificates("client-cert", identity.certificate()).toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** Gives what the context has, but sockets that ask for the name. */
    private static final class Spi extends SSLContextSpi {

        private final SSLContext context;
        private final SSLSocketFactory sockets;

        Spi(SSLContext context, String host) {
            this.context = context;
            this.sockets = new NamedSockets(context.getSocketFactory(), host);
        }

        @Override
        protected void engineInit(
                KeyManager @Nullable [] keys, TrustManager @Nullable [] trusted, @Nullable SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("it is made as it is");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return sockets;
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return context.getServerSocketFactory();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return context.createSSLEngine();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return context.createSSLEngine(host, port);
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return context.getClientSessionContext();
        }
    }

    private static final class NamedSockets extends SSLSocketFactory {

        private final SSLSocketFactory sockets;
        private final String host;

        NamedSockets(SSLSocketFactory sockets, String host) {
            this.sockets = sockets;
            this.host = host;
        }

        @Override
        public Socket createSocket(Socket socket, String connectedTo, int port, boolean autoClose) throws IOException {
            boolean address = connectedTo.indexOf(':') >= 0 || connectedTo.matches("[0-9.]+");
            return named(sockets.createSocket(socket, address ? host : connectedTo, port, autoClose));
        }

        @Override
        public Socket createSocket(String to, int port) throws IOException {
            return named(sockets.createSocket(to, port));
        }

        @Override
        public Socket createSocket(String to, int port, InetAddress local, int localPort) throws IOException {
            return named(sockets.createSocket(to, port, local, localPort));
        }

        @Override
        public Socket createSocket(InetAddress to, int port) throws IOException {
            return named(sockets.createSocket(to, port));
        }

        @Override
        public Socket createSocket(InetAddress to, int port, InetAddress local, int localPort) throws IOException {
            return named(sockets.createSocket(to, port, local, localPort));
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return sockets.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return sockets.getSupportedCipherSuites();
        }

        private static Socket named(Socket socket) {
            SSLSocket secured = (SSLSocket) socket;
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secured.setSSLParameters(parameters);
            return secured;
        }
    }
}
