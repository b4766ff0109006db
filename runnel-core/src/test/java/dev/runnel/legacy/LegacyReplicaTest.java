package dev.runnel.legacy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.archive.SampleReplica;
import dev.runnel.restore.Fixture;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.file.FileObjectStore;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LegacyReplicaTest {

    private static final Instant NOW = SampleReplica.FIXED_TIME.now();

    @TempDir
    Path directory;

    private final MemoryObjectStore store = new MemoryObjectStore(SampleReplica.FIXED_TIME);

    private void put(String... keys) throws Exception {
        for (String key : keys) {
            store.put(key, ObjectBody.of(new byte[7]), PutCondition.any(), null);
        }
    }

    @Test
    void listsTheGenerationsOfARealReplicaWithSizesAndTimes() throws Exception {
        Fixture fixture = Fixture.all("litestream-0.3-1k").get(0);
        Path replica = fixture.copyReplica(directory.resolve("replica"));
        fixture.setTimes(replica);
        List<LegacyGeneration> generations = new LegacyReplica(new FileObjectStore(replica), "").list();
        assertThat(generations)
                .extracting(LegacyGeneration::name)
                .containsExactly("d3223fca61994183", "dfc5e3e43c839cf5");
        LegacyGeneration second = generations.get(1);
        assertThat(second.snapshots()).extracting(LegacySnapshot::index).containsExactly(0, 1);
        assertThat(second.segments())
                .extracting(segment -> segment.index() + ":" + segment.offset())
                .containsExactly("0:0", "0:5272", "1:0", "1:1080");
        assertThat(second.start().truncatedTo(java.time.temporal.ChronoUnit.MICROS))
                .isEqualTo(Instant.parse("2026-11-22T03:24:23.447910Z"));
        assertThat(second.end().truncatedTo(java.time.temporal.ChronoUnit.MICROS))
                .isEqualTo(Instant.parse("2026-11-22T03:24:31.447109Z"));
        assertThat(second.snapshots().get(0).size()).isPositive();
    }

    @Test
    void passesOverWhatIsNotItsOwn() throws Exception {
        put(
                "app/generations/0123456789abcdef/snapshots/00000003.snapshot.lz4",
                "app/generations/0123456789abcdef/wal/00000003_100000000.wal.lz4",
                "app/generations/0123456789abcdef/wal/00000003_00000000.wal.lz4",
                "app/generations/0123456789abcdef/wal/ffffffff_00000000.wal.lz4",
                "app/generations/0123456789abcdef/wal/00000003_0.wal.lz4",
                "app/generations/0123456789abcdef/wal/00000003_00000000.wal.lz4.tmp",
                "app/generations/0123456789ABCDEF/wal/00000003_00000000.wal.lz4",
                "app/generations/x",
                "app/0000/0000000000000001-0000000000000001.ltx",
                "app2/generations/0123456789abcdef/snapshots/00000004.snapshot.lz4");
        for (String path : new String[] {"app", "app/", "/app"}) {
            LegacyReplica replica = new LegacyReplica(store, path);
            assertThat(replica.list()).singleElement().satisfies(generation -> {
                assertThat(generation.snapshots()).singleElement().satisfies(snapshot -> {
                    assertThat(snapshot.index()).isEqualTo(3);
                    assertThat(snapshot.size()).isEqualTo(7);
                    assertThat(snapshot.createdAt()).isEqualTo(NOW);
                });
                assertThat(generation.segments())
                        .extracting(LegacySegment::offset)
                        .containsExactly(0L, 1L << 32);
            });
        }
        assertThat(new LegacyReplica(store, "nothing").list()).isEmpty();
        assertThat(new LegacyReplica(store, "").list()).isEmpty();
    }
}
