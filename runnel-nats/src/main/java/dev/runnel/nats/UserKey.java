package dev.runnel.nats;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.EdECPoint;
import java.util.Arrays;

/**
 * The key pair of a user, made from its seed. NATS writes keys as Base32 of a prefix, the bytes and a CRC-16; they are of
 * Ed25519, which the JDK has. Immutable.
 */
final class UserKey {

    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int SEED = 18 << 3; // as Base32: S
    private static final int USER = 20 << 3; // as Base32: U
    private static final int KEY_BYTES = 32;
    private static final int CRC_POLYNOMIAL = 0x1021; // XMODEM

    private final KeyPair pair;

    private UserKey(KeyPair pair) {
        this.pair = pair;
    }

    /** @throws IllegalArgumentException whose message begins with {@code seed}, and does not repeat it */
    static UserKey ofSeed(String text) {
        byte[] raw = decode(text.strip());
        boolean isSeed = raw.length == 2 + KEY_BYTES + 2
                && (raw[0] & 0xff) == (SEED | (USER >> 5))
                && raw[1] == 0 // the other five bits of the kind of key, which are zero for a user
                && crc(raw, raw.length - 2) == (((raw[raw.length - 1] & 0xff) << 8) | (raw[raw.length - 2] & 0xff));
        if (!isSeed) {
            throw new IllegalArgumentException("seed is not that of a user: it begins with SU, has 58 characters and"
                    + " is copied as a whole, as `nk -gen user` or a credentials file has it");
        }
        return new UserKey(pair(Arrays.copyOfRange(raw, 2, 2 + KEY_BYTES)));
    }

    /** The public half, as a server's configuration names it: {@code U…}. */
    String publicKey() {
        EdECPoint point = ((EdECPublicKey) pair.getPublic()).getPoint();
        byte[] big = point.getY().toByteArray();
        byte[] bytes = new byte[1 + KEY_BYTES + 2];
        bytes[0] = (byte) USER;
        for (int i = 0; i < Math.min(big.length, KEY_BYTES); i++) {
            bytes[1 + i] = big[big.length - 1 - i];
        }
        if (point.isXOdd()) {
            bytes[KEY_BYTES] |= (byte) 0x80;
        }
        int crc = crc(bytes, 1 + KEY_BYTES);
        bytes[1 + KEY_BYTES] = (byte) crc;
        bytes[2 + KEY_BYTES] = (byte) (crc >> 8);
        return encode(bytes);
    }

    /** The signature of what the server asks to be signed. */
    byte[] sign(byte[] nonce) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(nonce);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java since 15 has Ed25519", e);
        }
    }

    /** Java makes pairs from random bytes only; given those of the seed, it makes this one. */
    private static KeyPair pair(byte[] seed) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(255, new SecureRandom() {
                private static final long serialVersionUID = 1L;

                @Override
                public void nextBytes(byte[] target) {
                    System.arraycopy(seed, 0, target, 0, target.length);
                }
            });
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java since 15 has Ed25519", e);
        }
    }

    private static int crc(byte[] bytes, int length) {
        int crc = 0;
        for (int i = 0; i < length; i++) {
            crc ^= (bytes[i] & 0xff) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) == 0 ? crc << 1 : crc << 1 ^ CRC_POLYNOMIAL;
            }
        }
        return crc & 0xffff;
    }

    private static byte[] decode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int buffer = 0;
        int bits = 0;
        for (int i = 0; i < text.length(); i++) {
            int value = BASE32.indexOf(text.charAt(i));
            if (value < 0) {
                return new byte[0];
            }
            buffer = buffer << 5 | value;
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                bytes.write(buffer >> bits);
            }
        }
        return bytes.toByteArray();
    }

    private static String encode(byte[] bytes) {
        int length = (bytes.length * 8 + 4) / 5;
        BigInteger rest = new BigInteger(1, bytes).shiftLeft(length * 5 - bytes.length * 8);
        StringBuilder text = new StringBuilder();
        for (int i = length - 1; i >= 0; i--) {
            text.append(BASE32.charAt(rest.shiftRight(5 * i).intValue() & 31));
        }
        return text.toString();
    }
}
