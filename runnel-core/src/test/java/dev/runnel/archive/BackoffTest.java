package dev.runnel.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void doublesUpToTheLimitWithinItsUpperHalf() {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Backoff.DEFAULT_LIMIT, new Random(1));
        for (int round = 0; round < 100; round++) {
            for (int failures = 1; failures < 80; failures++) {
                long full = Math.min(300_000, 1000L << Math.min(failures - 1, 20));
                assertThat(backoff.delay(failures).toMillis()).isBetween(full / 2, full);
            }
        }
        assertThat(backoff.delay(Integer.MAX_VALUE)).isLessThanOrEqualTo(Backoff.DEFAULT_LIMIT);
    }

    @Test
    void spreadsReplicasThatFailedTogether() {
        Backoff one = new Backoff(Duration.ofSeconds(1), Backoff.DEFAULT_LIMIT, new Random(1));
        Backoff other = new Backoff(Duration.ofSeconds(1), Backoff.DEFAULT_LIMIT, new Random(2));
        assertThat(one.delay(3)).isNotEqualTo(other.delay(3));
    }
}
