package dev.runnel.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testing.Seeds;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameIndexTest {

    @Test
    void remembersTheNewestFrameOfEachPage() {
        Random random = Seeds.random("FrameIndexTest");
        for (int round = 0; round < 50; round++) {
            FrameIndex index = new FrameIndex();
            Map<Integer, Integer> model = new HashMap<>();
            int range = 1 + random.nextInt(1 << (1 + random.nextInt(20)));
            for (int frame = 1; frame <= 2000; frame++) {
                int page = 1 + random.nextInt(range);
                index.put(page, frame);
                model.put(page, frame);
            }
            assertThat(index.size()).isEqualTo(model.size());
            for (int page = 1; page <= Math.min(range, 3000); page++) {
                assertThat(index.frameOf(page)).isEqualTo(model.getOrDefault(page, 0));
            }
            model.forEach((page, frame) -> assertThat(index.frameOf(page)).isEqualTo(frame));
            index.clear();
            assertThat(index.size()).isZero();
            assertThat(index.frameOf(1)).isZero();
        }
    }

    @Test
    void largestPageNumbersWork() {
        FrameIndex index = new FrameIndex();
        index.put(Integer.MAX_VALUE, 3);
        index.put(Integer.MAX_VALUE - 1, 4);
        assertThat(index.frameOf(Integer.MAX_VALUE)).isEqualTo(3);
        assertThat(index.frameOf(Integer.MAX_VALUE - 1)).isEqualTo(4);
    }
}
