package dev.runnel.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ObjectKeysTest {

    @Test
    void orderIsThatOfUtf8Bytes() {
        long given = Long.getLong("runnel.seed", new SplittableRandom().nextLong());
        System.err.println("ObjectKeysTest: replay with -Drunnel.seed=" + given);
        SplittableRandom random = new SplittableRandom(given);
        int[] pool = {'a', 'b', '/', 0x7e, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfb03, 0xffff, 0x10000, 0x1f680, 0x10ffff};
        for (int i = 0; i < 20_000; i++) {
            String a = text(random, pool);
            String b = text(random, pool);
            int bytes = Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8));
            assertThat(Integer.signum(ObjectKeys.compare(a, b)))
                    .as("%s %s", a, b)
                    .isEqualTo(Integer.signum(bytes));
        }
    }

    @Test
    void limitCountsBytes() {
        assertThat(ObjectKeys.isValid("x".repeat(1024))).isTrue();
        assertThat(ObjectKeys.isValid("x".repeat(1025))).isFalse();
        assertThat(ObjectKeys.isValid("é".repeat(512))).isTrue();
        assertThat(ObjectKeys.isValid("é".repeat(513))).isFalse();
        assertThat(ObjectKeys.isValid("日".repeat(341))).isTrue();
        assertThat(ObjectKeys.isValid("日".repeat(342))).isFalse();
        assertThat(ObjectKeys.isValid("\uD83D\uDE80".repeat(256))).isTrue();
        assertThat(ObjectKeys.isValid("\uD83D\uDE80".repeat(257))).isFalse();
    }

    @Test
    void faultIsNamed() {
        assertThatThrownBy(() -> ObjectKeys.check("a\tb")).hasMessageContaining("control character at index 1");
        assertThatThrownBy(() -> ObjectKeys.check("a\uD83D")).hasMessageContaining("surrogate");
        assertThatThrownBy(() -> ObjectKeys.check("\uDE80\uD83D")).hasMessageContaining("surrogate");
        assertThatThrownBy(() -> ObjectKeys.check("x/../y")).hasMessageContaining("segment");
        assertThat(ObjectKeys.check("/a//b...c/.d")).isEqualTo("/a//b...c/.d");
    }

    @Test
    void prefixesThatNoKeyCanHaveAreKnown() {
        for (String prefix : new String[] {"", "a", "a/", "/", "a//", ".", "..", "a/.", "..a/"}) {
            assertThat(ObjectKeys.canBeginKey(prefix)).as(prefix).isTrue();
        }
        for (String prefix : new String[] {"../", "./", "a/../", "a/./b", "a\n", "x".repeat(1025)}) {
            assertThat(ObjectKeys.canBeginKey(prefix)).as(prefix).isFalse();
        }
    }

    @Test
    void rangesAreChecked() {
        assertThatThrownBy(() -> ObjectKeys.checkRange(-1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ObjectKeys.checkRange(1, Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
        ObjectKeys.checkRange(0, Long.MAX_VALUE);
        ObjectKeys.checkTailLength(1);
        assertThatThrownBy(() -> ObjectKeys.checkTailLength(0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static String text(SplittableRandom random, int[] pool) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.appendCodePoint(pool[random.nextInt(pool.length)]);
        }
        return text.toString();
    }
}
