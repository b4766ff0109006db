package dev.runnel.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.PageSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticWalTest {

    private static final FrameVisitor NOBODY = (frame, page, commitSize) -> {};

    @ParameterizedTest
    @CsvSource({
        "512,true",
        "512,false",
        "1024,true",
        "4096,false",
        "4096,true",
        "32768,false",
        "65536,true",
        "65536,false"
    })
    void bothByteOrdersAreRead(int pageSize, boolean bigEndian) throws IOException {
        WalBuilder wal = new WalBuilder(pageSize, bigEndian)
                .frame(1, 0, 1)
                .frame(2, 2, 2)
                .frame(2, 2, 3)
                .frame(3, 0, 4)
                .frame(1, 3, 5);
        WalRecovery found = recovered(wal.bytes());
        assertThat(found.header().pageSize()).isEqualTo(new PageSize(pageSize));
        assertThat(found.header().bigEndianChecksum()).isEqualTo(bigEndian);
        assertThat(found.header().sequence()).isEqualTo(7);
        assertThat(found.header().salts()).isEqualTo(new Salts(0x12345678, 0x9abcdef0));
        assertThat(found.header().checksum()).isEqualTo(wal.checksum(0));
        assertThat(found.mxFrame()).isEqualTo(5);
        assertThat(found.pageCount()).isEqualTo(3);
        assertThat(found.commits()).isEqualTo(3);
        assertThat(found.checksum()).isEqualTo(wal.checksum(5));
    }

    private static WalRecovery recovered(byte[] bytes) throws IOException {
        WalRecovery found = WalRecovery.scan(ByteSource.of(bytes));
        assertThat(found).isNotNull();
        return found;
    }

    @Test
    void framesAreToldInOrder() throws IOException {
        byte[] bytes = new WalBuilder(512, false)
                .frame(4, 0, 1)
                .frame(9, 10, 2)
                .frame(4, 11, 3)
                .bytes();
        List<String> told = new ArrayList<>();
        WalHeader header = WalHeader.read(ByteSource.of(bytes));
        assertThat(header).isNotNull();
        WalWalk.walk(
                ByteSource.of(bytes),
                WalWalk.Format.of(header),
                0,
                header.checksum(),
                Integer.MAX_VALUE,
                (frame, page, size) -> told.add(frame + ":" + page + ":" + size));
        assertThat(told).containsExactly("1:4:0", "2:9:10", "3:4:11");
    }

    /** A transaction that spilled, or whose writer died, leaves valid frames that end no transaction. */
    @Test
    void framesBehindTheLastCommitDoNotCount() throws IOException {
        WalBuilder wal = new WalBuilder(512, false)
                .frame(1, 1, 1)
                .frame(2, 2, 2)
                .frame(3, 0, 3)
                .frame(4, 0, 4);
        WalRecovery found = recovered(wal.bytes());
        assertThat(found.mxFrame()).isEqualTo(2);
        assertThat(found.pageCount()).isEqualTo(2);
        assertThat(found.commits()).isEqualTo(2);
        assertThat(found.checksum()).isEqualTo(wal.checksum(2));
    }

    @Test
    void aWalWithoutAnyCommitHasNothing() throws IOException {
        WalBuilder wal = new WalBuilder(512, true).frame(1, 0, 1).frame(2, 0, 2);
        WalRecovery found = recovered(wal.bytes());
        assertThat(found.mxFrame()).isZero();
        assertThat(found.pageCount()).isZero();
        assertThat(found.commits()).isZero();
        assertThat(found.checksum()).isEqualTo(wal.checksum(0));
        assertThat(recovered(new WalBuilder(512, true).bytes()).mxFrame()).isZero();
    }

    /** A reset writes over the front of the file and leaves the rest, with the salts of the past. */
    @Test
    void framesWithOtherSaltsEndTheWal() throws IOException {
        WalBuilder wal = new WalBuilder(512, false, 100, 200)
                .frame(1, 1, 1)
                .frame(2, 2, 2)
                .salts(99, 200)
                .frame(3, 3, 3)
                .salts(100, 200)
                .frame(4, 4, 4);
        assertThat(recovered(wal.bytes()).mxFrame()).isEqualTo(2);
        WalBuilder second = new WalBuilder(512, false, 100, 200)
                .frame(1, 1, 1)
                .salts(100, 201)
                .frame(3, 3, 3);
        assertThat(recovered(second.bytes()).mxFrame()).isEqualTo(1);
    }

    @Test
    void pageZeroEndsTheWal() throws IOException {
        byte[] bytes = new WalBuilder(512, false)
                .frame(1, 1, 1)
                .frame(0, 2, 2)
                .frame(2, 2, 2)
                .bytes();
        assertThat(recovered(bytes).mxFrame()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWalkCanBeginAtEveryFrameAndEndAtEveryFrame(boolean bigEndian) throws IOException {
        WalBuilder wal = new WalBuilder(512, bigEndian);
        int commits = 0;
        int[] commitsUpTo = new int[8];
        for (int i = 1; i <= 7; i++) {
            wal.frame(i, i % 3 == 0 ? i : 0, i);
            commits += i % 3 == 0 ? 1 : 0;
            commitsUpTo[i] = commits;
        }
        WalWalk.Format format = WalWalk.Format.of(recovered(wal.bytes()).header());
        for (int after = 0; after <= 7; after++) {
            for (int last = after; last <= 9; last++) {
                WalWalk walk =
                        WalWalk.walk(ByteSource.of(wal.bytes()), format, after, wal.checksum(after), last, NOBODY);
                int end = Math.min(last, 7);
                assertThat(walk)
                        .isEqualTo(new WalWalk(end, wal.checksum(end), commitsUpTo[end] - commitsUpTo[after], 0));
            }
        }
    }

    @Test
    void aWrongSeedStopsAWalkAtOnce() throws IOException {
        WalBuilder wal = new WalBuilder(512, false).frame(1, 1, 1).frame(2, 2, 2);
        WalWalk.Format format = WalWalk.Format.of(recovered(wal.bytes()).header());
        WalWalk walk = WalWalk.walk(ByteSource.of(wal.bytes()), format, 1, wal.checksum(0), 2, NOBODY);
        assertThat(walk.frames()).isEqualTo(1);
    }

    @Test
    void cutOffAnywhereItEndsWithTheLastCommitThatIsWhollyThere() throws IOException {
        WalBuilder wal = new WalBuilder(512, false)
                .frame(1, 0, 1)
                .frame(2, 2, 2)
                .frame(3, 3, 3)
                .frame(4, 0, 4)
                .frame(5, 5, 5);
        int[] commitAt = {0, 0, 2, 3, 3, 5};
        byte[] all = wal.bytes();
        for (int length = 0; length <= all.length; length++) {
            byte[] part = new byte[length];
            System.arraycopy(all, 0, part, 0, length);
            WalRecovery found = WalRecovery.scan(ByteSource.of(part));
            if (length < WalHeader.SIZE) {
                assertThat(found).isNull();
            } else {
                int whole = commitAt[(length - 32) / (24 + 512)];
                assertThat(found).isNotNull();
                assertThat(found.mxFrame()).as("length %d", length).isEqualTo(whole);
                assertThat(found.checksum()).isEqualTo(wal.checksum(whole));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFlippedBitAnywhereStopsTheWalkBeforeItsFrame(boolean bigEndian) throws IOException {
        WalBuilder wal = new WalBuilder(512, bigEndian)
                .frame(1, 1, 1)
                .frame(2, 2, 2)
                .frame(3, 0, 3)
                .frame(4, 4, 4);
        byte[] good = wal.bytes();
        WalHeader header = recovered(good).header();
        for (int at = 0; at < good.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << bit);
                if (at < WalHeader.SIZE) {
                    assertThat(WalHeader.read(ByteSource.of(bad)))
                            .as("byte %d", at)
                            .isNull();
                } else {
                    int damaged = (at - 32) / (24 + 512) + 1;
                    WalWalk walk = WalWalk.walk(
                            ByteSource.of(bad), WalWalk.Format.of(header), 0, header.checksum(), 100, NOBODY);
                    assertThat(walk.frames()).as("byte %d", at).isEqualTo(damaged - 1);
                    assertThat(walk.checksum()).isEqualTo(wal.checksum(damaged - 1));
                }
            }
        }
    }

    /** Padding to the end of a disk sector repeats the frame that ends the transaction. */
    @Test
    void repeatedCommitFramesAreCounted() throws IOException {
        byte[] bytes = new WalBuilder(512, false)
                .frame(2, 2, 1)
                .frame(2, 2, 1)
                .frame(2, 2, 1)
                .frame(2, 3, 1)
                .frame(3, 3, 1)
                .frame(3, 0, 1)
                .frame(3, 3, 1)
                .bytes();
        WalHeader header = recovered(bytes).header();
        WalWalk walk = WalWalk.walk(ByteSource.of(bytes), WalWalk.Format.of(header), 0, header.checksum(), 100, NOBODY);
        assertThat(walk.commits()).isEqualTo(6);
        assertThat(walk.repeats()).isEqualTo(2);
    }

    @Test
    void withoutVerificationFramesCountOnTheWordOfTheIndex() throws IOException {
        byte[] bytes = new WalBuilder(512, false)
                .frame(1, 1, 1)
                .frame(2, 0, 2)
                .frame(3, 3, 3)
                .bytes();
        WalWalk.Format format = WalWalk.Format.of(recovered(bytes).header());
        byte[] unsigned = bytes.clone();
        Arrays.fill(unsigned, 32 + 536 + 8, 32 + 536 + 24, (byte) 0);
        List<Integer> pages = new ArrayList<>();
        assertThat(WalWalk.walkUnverified(
                        ByteSource.of(unsigned), format, 3, (frame, page, commitSize) -> pages.add(page)))
                .isTrue();
        assertThat(pages).containsExactly(1, 2, 3);
        assertThat(WalWalk.walkUnverified(ByteSource.of(bytes), format, 4, NOBODY))
                .as("too short")
                .isFalse();
        byte[] foreign = bytes.clone();
        foreign[32 + 536 + 8] ^= 1;
        assertThat(WalWalk.walkUnverified(ByteSource.of(foreign), format, 3, NOBODY))
                .as("of another WAL")
                .isFalse();
    }

    @Test
    void headersOfOtherFilesAreNone() throws IOException {
        assertThat(WalHeader.read(ByteSource.of(new byte[0]))).isNull();
        assertThat(WalHeader.read(ByteSource.of(new byte[31]))).isNull();
        assertThat(WalHeader.read(ByteSource.of(new byte[100]))).isNull();
        for (int pageSize : new int[] {256, 131072, 1000}) {
            assertThat(WalHeader.parse(new WalBuilder(pageSize, false).bytes()))
                    .as("page size %d", pageSize)
                    .isNull();
        }
    }

    /** A source that gives what there is, piece by piece beyond one read: a file that grows while it is walked. */
    @Test
    void moreFramesThanOneReadTakes() throws IOException {
        WalBuilder wal = new WalBuilder(65536, false);
        for (int i = 1; i <= 11; i++) {
            wal.frame(i, i, i);
        }
        byte[] bytes = wal.bytes();
        int[] reads = new int[1];
        ByteSource counting = (ByteBuffer target, long position) -> {
            reads[0]++;
            return ByteSource.of(bytes).read(target, position);
        };
        WalRecovery found = WalRecovery.scan(counting);
        assertThat(found).isNotNull();
        assertThat(found.mxFrame()).isEqualTo(11);
        assertThat(found.checksum()).isEqualTo(wal.checksum(11));
        assertThat(reads[0]).isGreaterThan(3);
    }

    @Test
    void offsetsOfFarFramesDoNotOverflow() {
        assertThat(WalHeader.frameOffset(new PageSize(65536), 1)).isEqualTo(32);
        assertThat(WalHeader.frameOffset(new PageSize(65536), 1_000_001)).isEqualTo(32 + 1_000_000L * 65560);
    }
}
