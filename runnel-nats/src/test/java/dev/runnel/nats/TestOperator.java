package dev.runnel.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.util.Arrays;
import java.util.Base64;

/** An operator with an account and a user, who are known by JWTs, as {@code nsc} makes them. */
final class TestOperator {

    private static final int OPERATOR = 14 << 3;
    private static final int ACCOUNT = 0;
    private static final int USER = 20 << 3;
    private static final int SEED = 18 << 3;
    private static final String UNLIMITED =
            "\"subs\":-1,\"data\":-1,\"payload\":-1,\"imports\":-1,\"exports\":-1,\"wildcards\":true,\"conn\":-1,\"leaf\":-1";

    private final KeyPair operator = pair();
    private final KeyPair system = pair();
    private final KeyPair account = pair();
    private final KeyPair user = pair();

    /** Lines for a server that belongs to the operator, and waits for a login as long as a busy machine may need. */
    String configuration() {
        String known =
                "operator: " + jwt(operator, OPERATOR, operator, OPERATOR, "\"type\":\"operator\",\"version\":2");
        String accounts = text(ACCOUNT, account) + ": " + accountJwt(account, ",\"mem_storage\":-1,\"disk_storage\":-1")
                + "\n" + text(ACCOUNT, system) + ": " + accountJwt(system, "");
        return known + "\nsystem_account: " + text(ACCOUNT, system) + "\nresolver: MEMORY\nresolver_preload: {\n"
                + accounts + "\n}\nauthorization {timeout: 60}";
    }

    private String accountJwt(KeyPair of, String more) {
        return jwt(
                of,
                ACCOUNT,
                operator,
                OPERATOR,
                "\"limits\":{" + UNLIMITED + ",\"streams\":-1,\"consumer\":-1" + more
                        + "},\"type\":\"account\",\"version\":2");
    }

    String userJwt() {
        return jwt(
                user,
                USER,
                account,
                ACCOUNT,
                "\"pub\":{},\"sub\":{},\"subs\":-1,\"data\":-1,\"payload\":-1,\"type\":\"user\",\"version\":2");
    }

    String userSeed() {
        byte[] seed = ((EdECPrivateKey) user.getPrivate()).getBytes().orElseThrow();
        byte[] bytes = new byte[2 + seed.length];
        bytes[0] = (byte) (SEED | USER >> 5); // no bits of USER are left for the next
        System.arraycopy(seed, 0, bytes, 2, seed.length);
        return text(bytes);
    }

    private static String jwt(KeyPair subject, int type, KeyPair issuer, int issuerType, String claims) {
        String signed = base64("{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}") + "."
                + base64("{\"jti\":\"x\",\"iat\":1700000000,\"iss\":\"" + text(issuerType, issuer)
                        + "\",\"name\":\"test\",\"sub\":\"" + text(type, subject) + "\",\"nats\":{" + claims + "}}");
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(issuer.getPrivate());
            signature.update(signed.getBytes(UTF_8));
            return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(UTF_8));
    }

    private static KeyPair pair() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The public key: the last 32 bytes of how X.509 writes it. */
    private static String text(int type, KeyPair pair) {
        byte[] encoded = pair.getPublic().getEncoded();
        byte[] bytes = Arrays.copyOfRange(encoded, encoded.length - 33, encoded.length);
        bytes[0] = (byte) type;
        return text(bytes);
    }

    /** With the CRC-16 of XMODEM behind, as Base32. */
    private static String text(byte[] bytes) {
        int crc = 0;
        for (byte b : bytes) {
            for (int bit = 7; bit >= 0; bit--) {
                boolean carry = (crc >> 15 & 1) != (b >> bit & 1);
                crc = ((crc << 1) & 0xffff) ^ (carry ? 0x1021 : 0);
            }
        }
        byte[] all = Arrays.copyOf(bytes, bytes.length + 2);
        all[bytes.length] = (byte) crc;
        all[bytes.length + 1] = (byte) (crc >> 8);
        StringBuilder bits = new StringBuilder();
        for (byte b : all) {
            bits.append(Integer.toBinaryString((b & 0xff) | 0x100).substring(1));
        }
        while (bits.length() % 5 != 0) {
            bits.append('0');
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bits.length(); i += 5) {
            text.append("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(Integer.parseInt(bits.substring(i, i + 5), 2)));
        }
        return text.toString();
    }
}
