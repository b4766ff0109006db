package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** An authority and what it issues, as PEM files, made by the {@code keytool} of the JDK. */
final class TestCertificates {

    private static final String PASSWORD = "password";

    private final Path folder;

    TestCertificates(Path folder) throws Exception {
        this.folder = folder;
        keytool("authority", "-genkeypair", "-alias", "it", "-keyalg", "EC", "-dname", "CN=authority", "-ext", "bc:c");
        pem(
                "authority.pem",
                "CERTIFICATE",
                store("authority").getCertificate("it").getEncoded());
    }

    /** The certificate of the authority. */
    Path authority() {
        return folder.resolve("authority.pem");
    }

    /** Issues a certificate; returns its file. */
    Path certificate(String name, String subject) throws Exception {
        keytool(name, "-genkeypair", "-alias", "it", "-keyalg", "EC", "-dname", "CN=" + name);
        Path request = folder.resolve(name + ".csr");
        keytool(name, "-certreq", "-alias", "it", "-file", request.toString());
        Path issued = folder.resolve(name + ".pem");
        keytool(
                "authority",
                "-gencert",
                "-alias",
                "it",
                "-rfc",
                "-infile",
                request.toString(),
                "-outfile",
                issued.toString(),
                "-ext",
                "san=" + subject);
        pem(
                name + ".key",
                "PRIVATE KEY",
                store(name).getKey("it", PASSWORD.toCharArray()).getEncoded());
        return issued;
    }

    /** The file of the private key of an issued certificate. */
    Path key(String name) {
        return folder.resolve(name + ".key");
    }

    private KeyStore store(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private void pem(String file, String label, byte[] content) throws IOException {
        Files.writeString(
                folder.resolve(file),
                "-----BEGIN " + label + "-----\n"
                        + Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content) + "\n-----END "
                        + label + "-----\n");
    }

    private void keytool(String store, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of(
                "-keystore",
                folder.resolve(store + ".p12").toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), US_ASCII);
        if (process.waitFor() != 0) {
            throw new IOException("keytool: " + said);
        }
    }
}
