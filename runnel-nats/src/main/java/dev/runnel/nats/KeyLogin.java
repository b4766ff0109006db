package dev.runnel.nats;

import dev.runnel.nats.NatsSettings.Login;
import dev.runnel.storage.StorageException;
import io.nats.client.AuthHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Logs in by signing what the server asks to be signed. */
final class KeyLogin implements AuthHandler {

    private static final Pattern JWT = block("NATS USER JWT");
    private static final Pattern SEED = block("USER NKEY SEED");

    private final UserKey key;
    private final String jwt;

    private KeyLogin(UserKey key, String jwt) {
        this.key = key;
        this.jwt = jwt;
    }

    static KeyLogin of(Login.Key login) {
        return new KeyLogin(UserKey.ofSeed(login.seed()), "");
    }

    static KeyLogin of(Login.Jwt login) {
        return new KeyLogin(UserKey.ofSeed(login.seed()), login.jwt());
    }

    /** Reads the file. */
    static KeyLogin of(Login.Credentials login) throws StorageException {
        Path file = login.file();
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new StorageException(PemFiles.unreadable("creds", file, e), e);
        }
        Matcher jwt = JWT.matcher(text);
        Matcher seed = SEED.matcher(text);
        if (!jwt.find() || !seed.find()) {
            throw new StorageException("`creds` " + file
                    + " is no credentials file: it has a block NATS USER JWT and a block USER NKEY SEED, as"
                    + " `nsc generate creds` writes them");
        }
        try {
            return new KeyLogin(UserKey.ofSeed(seed.group(1)), jwt.group(1));
        } catch (IllegalArgumentException e) {
            throw new StorageException("`creds` " + file + ": its " + e.getMessage(), e);
        }
    }

    private static Pattern block(String name) {
        return Pattern.compile("-{3,}BEGIN " + name + "-{3,}\\s+(\\S+)\\s+-{3,}END " + name + "-{3,}");
    }

    @Override
    public byte[] sign(byte[] nonce) {
        return key.sign(nonce);
    }

    @Override
    public char[] getID() {
        return key.publicKey().toCharArray();
    }

    @Override
    public char[] getJWT() {
        return jwt.toCharArray();
    }
}
