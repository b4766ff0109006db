package dev.runnel.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.model.PageSize;
import dev.runnel.model.TxRange;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LtxHeaderTest {

    private static final long SUM = PageChecksums.FLAG | 0x1234;
    private static final LtxHeader PLAIN = LtxHeader.of(new PageSize(4096), 7, TxRange.of(3, 9), 1_700_000_000_123L);

    @Test
    void encodesToTheBytesOfTheFormat() {
        LtxHeader header = new LtxHeader(
                2,
                new PageSize(65536),
                0x7fffffff,
                TxRange.of(2, Long.MAX_VALUE),
                -1,
                0,
                32,
                1072,
                0x11223344,
                0x55667788,
                -2,
                new Proof(SUM, PageChecksums.FLAG));
        assertThat(HexFormat.of().formatHex(header.encode()))
                .isEqualTo("4c54583100000002000100007fffffff"
                        + "00000000000000027fffffffffffffff"
                        + "ffffffffffffffff0000000000000000"
                        + "00000000000000200000000000000430"
                        + "1122334455667788fffffffffffffffe"
                        + "524e4c3180000000000012348000000000000000");
    }

    @Test
    void roundTripsWithAndWithoutProof() throws Exception {
        LtxHeader wal = PLAIN.withWal(32, 0, -1, -2);
        for (LtxHeader header : new LtxHeader[] {
            PLAIN,
            wal,
            wal.withProof(new Proof(0, SUM)),
            wal.withProof(new Proof(SUM, 0)),
            wal.withProof(new Proof(0, 0)),
            PLAIN.withChecksums(SUM)
        }) {
            assertThat(LtxHeader.decode(header.encode(), "x")).isEqualTo(header);
            ByteBuffer buffer = ByteBuffer.allocate(200).position(50);
            buffer.put(header.encode()).flip().position(50);
            assertThat(LtxHeader.decode(buffer, "x")).isEqualTo(header);
            assertThat(buffer.position()).isEqualTo(50);
        }
        assertThat(wal.withProof(new Proof(SUM, SUM)).withProof(null)).isEqualTo(wal);
        assertThat(PLAIN.timestamp()).isEqualTo(Instant.ofEpochMilli(1_700_000_000_123L));
        assertThat(PLAIN.isSnapshot()).isFalse();
        assertThat(LtxHeader.of(new PageSize(512), 1, TxRange.of(1, 9), 0).isSnapshot())
                .isTrue();
    }

    @Test
    void unknownReservedBytesAreIgnored() throws Exception {
        byte[] b = PLAIN.encode();
        b[85] = 1;
        assertThat(LtxHeader.decode(b, "x")).isEqualTo(PLAIN);
    }

    @ParameterizedTest
    @CsvSource({
        "0, ff, 0, the magic 4c545831",
        "8, ff, 8, page size",
        "11, 01, 8, page size",
        "12, 80, 12, 2147483647 pages",
        "16, 80, 16, TXID of at least 1",
        "23, 00, 16, TXID of at least 1",
        "31, 02, 24, not before the first",
        "24, 80, 24, not before the first",
        "47, 01, 40, pre-apply checksum 0",
        "48, 80, 48, WAL offset of at least 0",
        "56, 80, 56, WAL size of at least 0",
        "63, 01, 56, WAL size 0 with WAL offset 0",
        "67, 01, 64, WAL salts 0 with WAL offset 0",
        "71, 01, 64, WAL salts 0 with WAL offset 0",
    })
    void decodingNamesTheFieldThatIsWrong(int at, String value, int offset, String expected) {
        byte[] b = PLAIN.encode();
        b[at] = (byte) Integer.parseInt(value, 16);
        assertThatThrownBy(() -> LtxHeader.decode(b, "some.ltx"))
                .isInstanceOfSatisfying(CorruptChangesetException.class, e -> {
                    assertThat(e.resource()).isEqualTo("some.ltx");
                    assertThat(e.offset()).isEqualTo(offset);
                    assertThat(e.expected()).contains(expected);
                    assertThat(e).hasMessageContaining("some.ltx: corrupt at byte " + offset);
                });
    }

    @Test
    void checksummedFilesNeedAPreApplyChecksumUnlessSnapshots() {
        byte[] b = PLAIN.withChecksums(SUM).encode();
        b[40] = 0;
        assertThatThrownBy(() -> LtxHeader.decode(b, "x")).hasMessageContaining("pre-apply checksum with bit 63");
        assertThatThrownBy(() -> PLAIN.withChecksums(0)).isInstanceOf(IllegalArgumentException.class);
        LtxHeader snapshot = LtxHeader.of(new PageSize(512), 1, TxRange.of(1, 9), 0);
        assertThat(snapshot.withChecksums(0).hasChecksums()).isTrue();
        assertThatThrownBy(() -> snapshot.withChecksums(SUM))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("snapshot");
    }

    @Test
    void aProofHasCheckedParts() {
        byte[] b = PLAIN.withProof(new Proof(SUM, SUM)).encode();
        b[84] = 0;
        assertThatThrownBy(() -> LtxHeader.decode(b, "x"))
                .isInstanceOf(CorruptChangesetException.class)
                .hasMessageContaining("proof");
        assertThatThrownBy(() -> new Proof(1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Proof(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Proof(SUM, 0).knowsPreApply()).isTrue();
        assertThat(new Proof(SUM, 0).knowsPostApply()).isFalse();
    }

    @Test
    void unknownFlagsAreAnotherVersion() {
        byte[] b = PLAIN.encode();
        b[4] = 1;
        assertThatThrownBy(() -> LtxHeader.decode(b, "x")).isInstanceOf(UnsupportedFormatVersionException.class);
        b[4] = 0;
        b[7] = 1;
        assertThatThrownBy(() -> LtxHeader.decode(b, "x"))
                .isInstanceOf(UnsupportedFormatVersionException.class)
                .hasMessageContaining("pre-release");
    }

    @Test
    void constructionRefusesWhatDecodingRefuses() {
        assertThatThrownBy(() -> LtxHeader.of(new PageSize(512), -1, TxRange.of(2, 2), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PLAIN.withWal(0, 1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PLAIN.withWal(0, 0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PLAIN.withWal(0, 0, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PLAIN.withWal(-1, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PLAIN.withWal(32, -1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LtxHeader(4, new PageSize(512), 1, TxRange.of(2, 2), 0, 0, 0, 0, 0, 0, 0, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LtxHeader(2, new PageSize(512), 1, TxRange.of(2, 2), 0, SUM, 0, 0, 0, 0, 0, null))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
