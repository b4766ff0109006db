package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.runnel.storage.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and private keys. */
final class PemFiles {

    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ((?:[A-Z]+ )*PRIVATE KEY)-----([^-]+)-----END \\1-----");
    private static final String[] ALGORITHMS = {"RSA", "EC", "EdDSA"};

    private PemFiles() {}

    /** What to say of a file that a key of the configuration names, and that cannot be read. */
    static String unreadable(String key, Path file, IOException e) {
        String why = e instanceof NoSuchFileException
                ? "does not exist"
                : e instanceof AccessDeniedException
                        ? "may not be read by the user of this process"
                        : "cannot be read: " + e.getMessage();
        return "`" + key + "` " + file + " " + why;
    }

    /** All certificates of a file, one or more. */
    static List<X509Certificate> certificates(String key, Path file) throws StorageException {
        List<X509Certificate> certificates = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file)) {
            CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .forEach(certificate -> certificates.add((X509Certificate) certificate));
        } catch (IOException e) {
            throw new StorageException(unreadable(key, file, e), e);
        } catch (CertificateException e) {
            throw noCertificate(key, file);
        }
        if (certificates.isEmpty()) {
            throw noCertificate(key, file);
        }
        return certificates;
    }

    private static StorageException noCertificate(String key, Path file) {
        return new StorageException(
                "`" + key + "` " + file + " holds no certificate; name a PEM file (-----BEGIN CERTIFICATE-----)");
    }

    /** The private key of a file. */
    static PrivateKey privateKey(String key, Path file) throws StorageException {
        String text;
        try {
            text = Files.readString(file, ISO_8859_1);
        } catch (IOException e) {
            throw new StorageException(unreadable(key, file, e), e);
        }
        Matcher matcher = KEY.matcher(text);
        if (!matcher.find() || !matcher.group(1).equals("PRIVATE KEY")) {
            throw new StorageException("`" + key + "` " + file
                    + " holds no private key as PKCS #8 without a passphrase (-----BEGIN PRIVATE KEY-----); make one with"
                    + " `openssl pkcs8 -topk8 -nocrypt -in " + file + " -out FILE`");
        }
        PKCS8EncodedKeySpec spec =
                new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(2)));
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                // of another algorithm
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("Every Java since 15 has " + algorithm, e);
            }
        }
        throw new StorageException("`" + key + "` " + file + " holds a private key that is damaged, or neither of RSA"
                + " nor of an elliptic curve");
    }
}
