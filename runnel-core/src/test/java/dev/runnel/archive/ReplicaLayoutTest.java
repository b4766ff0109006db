package dev.runnel.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.Level;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.storage.ObjectEntry;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaLayoutTest {

    private static final String NAME = "0000000000000002-000000000000000a.ltx";
    private static final TxRange RANGE = TxRange.of(2, 10);

    @Test
    void keysAreThoseOfLitestream() {
        assertThat(ReplicaLayout.s3("db").key(Level.SNAPSHOT, RANGE)).isEqualTo("db/0009/" + NAME);
        assertThat(ReplicaLayout.s3("a/b/").key(Level.L0, RANGE)).isEqualTo("a/b/0000/" + NAME);
        assertThat(ReplicaLayout.s3("").key(Level.L0, RANGE)).isEqualTo("/0000/" + NAME);
        assertThat(ReplicaLayout.files("db").key(Level.SNAPSHOT, RANGE)).isEqualTo("db/ltx/9/" + NAME);
        assertThat(ReplicaLayout.files("").key(Level.L0, RANGE)).isEqualTo("ltx/0/" + NAME);
        assertThat(ReplicaLayout.s3("db").mapKey(new TxId(10))).isEqualTo("db/pages/000000000000000a.map");
        assertThat(ReplicaLayout.files("").mapKey(new TxId(10))).isEqualTo("pages/000000000000000a.map");
        assertThat(ReplicaLayout.s3("db").key("lock.json")).isEqualTo("db/lock.json");
    }

    @Test
    void onePrefixCoversAllLevels() {
        for (String path : new String[] {"", "db", "a/b"}) {
            for (ReplicaLayout layout : new ReplicaLayout[] {ReplicaLayout.s3(path), ReplicaLayout.files(path)}) {
                for (int level = 0; level <= 9; level++) {
                    assertThat(layout.levelPrefix(new Level(level))).startsWith(layout.levelsPrefix());
                }
            }
        }
    }

    @Test
    void parsesWhatItMade() {
        for (String path : new String[] {"", "db", "a/b"}) {
            for (ReplicaLayout layout : new ReplicaLayout[] {ReplicaLayout.s3(path), ReplicaLayout.files(path)}) {
                for (int level = 0; level <= 9; level++) {
                    LtxFile file = layout.parse(entry(layout.key(new Level(level), RANGE)));
                    assertThat(Objects.requireNonNull(file).level()).isEqualTo(new Level(level));
                    assertThat(file.txIds()).isEqualTo(RANGE);
                    assertThat(file.size()).isEqualTo(17);
                    assertThat(file.exactTime()).isFalse();
                }
                assertThat(layout.parseMapKey(layout.mapKey(new TxId(255)))).isEqualTo(new TxId(255));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "db/ltx/0/0000000000000002-000000000000000A.ltx",
                "db/ltx/0/0000000000000002-000000000000000a.ltx.tmp",
                "db/ltx/0/000000000000000a-0000000000000002.ltx",
                "db/ltx/0/0000000000000000-0000000000000002.ltx",
                "db/ltx/0/ffffffffffffffff-ffffffffffffffff.ltx",
                "db/ltx/10/" + NAME,
                "db/ltx/a/" + NAME,
                "db/ltx//" + NAME,
                "db/ltx/" + NAME,
                "db/ltx/0/x/" + NAME,
                "db/0000/" + NAME,
                "other/ltx/0/" + NAME,
                "db/pages/0000000000000002.map",
            })
    void ignoresEverythingElse(String key) {
        assertThat(ReplicaLayout.files("db").parse(entry(key))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"db/000a/" + NAME, "db/00000/" + NAME, "db/000/" + NAME, "db/0010/" + NAME, "db/ltx/0/" + NAME})
    void ignoresEverythingElseOnS3(String key) {
        assertThat(ReplicaLayout.s3("db").parse(entry(key))).isNull();
    }

    private static ObjectEntry entry(String key) {
        return new ObjectEntry(key, 17, Instant.EPOCH, null, null);
    }

    @Test
    void replicasOverlapAtOnePlaceAndInEachOthersFolders() {
        assertThat(ReplicaLayout.overlap("s3://b/app", "s3://b/app/")).isTrue();
        assertThat(ReplicaLayout.overlap("s3://b/app", "s3://b/app/0000")).isTrue();
        assertThat(ReplicaLayout.overlap("s3://b/app/ltx/0", "s3://b/app")).isTrue();
        assertThat(ReplicaLayout.overlap("file:///r", "file:///r/pages")).isTrue();
        assertThat(ReplicaLayout.overlap("file:///r", "file:///r/generations/x"))
                .isTrue();
        assertThat(ReplicaLayout.overlap("s3://b/app", "s3://b/app2")).isFalse();
        assertThat(ReplicaLayout.overlap("s3://b", "s3://b/app")).isFalse();
        assertThat(ReplicaLayout.overlap("file:///r", "file:///r/ltx-of-another"))
                .isFalse();
    }
}
