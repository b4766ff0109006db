package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.ltx.CorruptChangesetException;
import dev.runnel.ltx.LtxEncoder;
import dev.runnel.ltx.LtxHeader;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.model.TxRange;
import dev.runnel.testing.Seeds;
import dev.runnel.wal.Salts;
import dev.runnel.wal.WalChecksum;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {

    private static final Position POSITION =
            new Position(new Salts(-1, 0x7fffffff), 12345, new WalChecksum(-2, 3), 77, true);

    @TempDir
    Path directory;

    private StateDirectory state = new StateDirectory(Path.of(""));
    private Path root = Path.of("");

    @BeforeEach
    void setUp() throws IOException {
        root = directory.resolve(".app.db-litestream");
        state = new StateDirectory(root);
        state.open();
    }

    @Test
    void isLaidOutAsLitestreamDoes() {
        assertThat(state.level0File(TxRange.of(1, 255)))
                .isEqualTo(root.resolve("ltx/0/0000000000000001-00000000000000ff.ltx"));
        assertThat(state.root()).isEqualTo(root);
    }

    @Test
    void nothingThereIsNoError() throws IOException {
        StateDirectory none = new StateDirectory(directory.resolve("none"));
        assertThat(none.level0Ranges()).isEmpty();
        assertThat(none.maps()).isEmpty();
        assertThat(none.loadPosition(TxId.FIRST)).isNull();
        none.forget();
        assertThat(directory.resolve("none")).doesNotExist();
    }

    @Test
    void openingClearsWhatWasHalfDone() throws IOException {
        Path temporary = state.temporaryFile("spool-1");
        Files.createDirectories(temporary.resolve("deep"));
        Files.createFile(temporary.resolve("deep").resolve("file"));
        Path partial = Files.createFile(root.resolve("ltx/0/0000000000000001-0000000000000001.ltx.tmp"));
        Path whole = Files.createFile(root.resolve("ltx/0/0000000000000001-0000000000000001.ltx"));
        state.open();
        assertThat(temporary).doesNotExist();
        assertThat(partial).doesNotExist();
        assertThat(whole).exists();
        state.open();
    }

    @Test
    void foreignNamesAreLeftAlone() throws IOException {
        Path level0 = root.resolve("ltx/0");
        for (String name : new String[] {
            "0000000000000003-0000000000000003.ltx",
            "0000000000000001-0000000000000002.ltx",
            "0000000000000000-0000000000000002.ltx",
            "0000000000000005-0000000000000004.ltx",
            "ffffffffffffffff-ffffffffffffffff.ltx",
            "0000000000000001-0000000000000002.ltx.tmp",
            "notes.txt"
        }) {
            Files.createFile(level0.resolve(name));
        }
        assertThat(state.level0Ranges()).containsExactly(TxRange.of(1, 2), TxRange.of(3, 3));
        Files.createFile(root.resolve("runnel/0000000000000000.map"));
        Files.createFile(root.resolve("runnel/ffffffffffffffff.map"));
        Files.createFile(root.resolve("runnel/0000000000000009.map"));
        assertThat(state.maps()).containsExactly(new TxId(9));
    }

    @Test
    void positionsAreOfOneTransaction() throws IOException {
        state.savePosition(new TxId(5), POSITION);
        assertThat(state.loadPosition(new TxId(5)))
                .as("the counter proves nothing to another process")
                .isEqualTo(new Position(POSITION.salts(), 12345, POSITION.checksum(), 0, false));
        assertThat(state.loadPosition(new TxId(6))).isNull();
        state.savePosition(new TxId(6), POSITION);
        assertThat(state.loadPosition(new TxId(5))).isNull();
        assertThat(state.loadPosition(new TxId(6))).isNotNull();
    }

    @Test
    void aDamagedPositionIsNone() throws IOException {
        state.savePosition(new TxId(5), POSITION);
        Path file = root.resolve("runnel/position");
        byte[] good = Files.readAllBytes(file);
        Random random = Seeds.random("StateDirectoryTest");
        for (int length = 0; length < good.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(good, length));
            Position found = state.loadPosition(new TxId(5));
            if (found != null) {
                assertThat(found.frames()).isNotNegative();
            }
        }
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            bad[random.nextInt(bad.length)] = (byte) "\\u-=\n0".charAt(random.nextInt(6));
            Files.write(file, bad);
            Position found = state.loadPosition(new TxId(5));
            if (found != null) {
                assertThat(found.frames()).isNotNegative();
            }
        }
        Files.write(file, new byte[good.length]);
        assertThat(state.loadPosition(new TxId(5))).isNull();
    }

    @Test
    void onlyTheNewestMapIsKept() throws IOException {
        PageMap map = new PageMap(new PageSize(4096));
        map.set(1, 1L << 63 | 5);
        state.saveMap(new TxId(3), map);
        state.saveMap(new TxId(4), map);
        assertThat(state.maps()).containsExactly(new TxId(4));
        try (var in = Files.newInputStream(state.mapFile(new TxId(4)))) {
            assertThat(PageMapCodec.read(in, new TxId(4), "map").get(1)).isEqualTo(1L << 63 | 5);
        }
    }

    @Test
    void headersAreRead() throws IOException {
        LtxHeader header = LtxHeader.of(new PageSize(4096), 3, TxRange.of(2, 2), 99);
        try (OutputStream out = Files.newOutputStream(state.level0File(TxRange.of(2, 2)))) {
            new LtxEncoder(out, header).finish();
        }
        assertThat(state.header(TxRange.of(2, 2))).isEqualTo(header);
        Path empty = state.level0File(TxRange.of(3, 3));
        Files.createFile(empty);
        assertThatThrownBy(() -> state.header(TxRange.of(3, 3)))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining(empty.toString());
    }

    @Test
    void forgettingLeavesNothing() throws IOException {
        state.savePosition(new TxId(5), POSITION);
        state.saveMap(new TxId(5), new PageMap(new PageSize(4096)));
        Files.createFile(state.level0File(TxRange.of(5, 5)));
        state.forget();
        assertThat(state.level0Ranges()).isEmpty();
        assertThat(state.maps()).isEmpty();
        assertThat(state.loadPosition(new TxId(5))).isNull();
        state.deleteLevel0(TxRange.of(5, 5));
    }
}
