package dev.runnel.benchmarks.micro;

import java.util.SplittableRandom;

/** Pages as databases have them: text with repetitions, that LZ4 makes about half as long. */
final class Pages {

    static final int SIZE = 4096;

    private static final int WORDS = 512;
    private static final long SEED = 20261122;

    private Pages() {}

    static byte[] one() {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[][] words = new byte[WORDS][];
        for (int i = 0; i < WORDS; i++) {
            words[i] = new byte[3 + random.nextInt(6)];
            for (int j = 0; j < words[i].length; j++) {
                words[i][j] = (byte) ('a' + random.nextInt(26));
            }
        }
        byte[] page = new byte[SIZE];
        for (int at = 0; at < SIZE; ) {
            byte[] word = words[random.nextInt(WORDS)];
            int length = Math.min(word.length, SIZE - at);
            System.arraycopy(word, 0, page, at, length);
            at += length;
            if (at < SIZE) {
                page[at++] = ' ';
            }
        }
        return page;
    }
}
