package dev.runnel.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.testing.Seeds;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PageSetTest {

    @Test
    void behavesLikeASortedSet() {
        Random random = Seeds.random("PageSetTest");
        for (int round = 0; round < 50; round++) {
            PageSet set = new PageSet();
            TreeSet<Integer> model = new TreeSet<>();
            int range = 1 + random.nextInt(1 << (1 + random.nextInt(24)));
            for (int i = 0; i < 1000; i++) {
                int page = 1 + random.nextInt(range);
                assertThat(set.add(page)).isEqualTo(model.add(page));
            }
            int first = 1 + random.nextInt(range);
            set.addRange(first, first + 20);
            for (int page = first; page <= first + 20; page++) {
                model.add(page);
            }
            assertThat(set.size()).isEqualTo(model.size());
            assertThat(set.isEmpty()).isFalse();
            assertThat(set.sorted())
                    .isEqualTo(model.stream().mapToInt(Integer::intValue).toArray());
            for (int i = 0; i < 200; i++) {
                int page = 1 + random.nextInt(range);
                assertThat(set.contains(page)).isEqualTo(model.contains(page));
            }
            PageSet other = new PageSet();
            other.addAll(set);
            assertThat(other.sorted()).isEqualTo(set.sorted());
            set.clear();
            assertThat(set.isEmpty()).isTrue();
            assertThat(set.contains(first)).isFalse();
            assertThat(other.contains(first)).isTrue();
        }
    }

    @Test
    void edges() {
        PageSet set = new PageSet();
        assertThat(set.sorted()).isEmpty();
        assertThat(set.contains(0)).isFalse();
        assertThat(set.contains(-1)).isFalse();
        set.addRange(5, 4);
        assertThat(set.isEmpty()).isTrue();
        assertThat(set.add(Integer.MAX_VALUE)).isTrue();
        assertThat(set.add(Integer.MAX_VALUE)).isFalse();
        assertThat(set.sorted()).containsExactly(Integer.MAX_VALUE);
        assertThatThrownBy(() -> set.add(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> set.add(-3)).isInstanceOf(IllegalArgumentException.class);
    }
}
