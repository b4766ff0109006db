package dev.runnel.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import software.amazon.awssdk.http.TlsTrustManagersProvider;

/** Trusts the certificates of a PEM file, and no others: what {@code AWS_CA_BUNDLE} means to every SDK but that of Java. */
final class CertificateBundle implements TlsTrustManagersProvider {

    private final TrustManager[] managers;

    private CertificateBundle(TrustManager[] managers) {
        this.managers = managers;
    }

    /**
     * @throws IllegalArgumentException if the file has no certificates; the message says all, and there is no cause, which
     *     would be taken for one of the connection
     */
    static CertificateBundle read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw new IllegalArgumentException("certificate bundle " + file + " has no certificates");
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return new CertificateBundle(factory.getTrustManagers());
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("certificate bundle " + file + " does not exist");
        } catch (CertificateException e) {
            throw new IllegalArgumentException("certificate bundle " + file + " is not PEM: " + e.getMessage());
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("certificate bundle " + file + " cannot be read: " + e);
        }
    }

    @Override
    public TrustManager[] trustManagers() {
        return managers.clone();
    }
}
