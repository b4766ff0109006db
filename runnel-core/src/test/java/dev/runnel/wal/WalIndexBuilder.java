package dev.runnel.wal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes the start of a WAL-index as the documentation of the format has it, in the byte order of this machine. */
final class WalIndexBuilder {

    int version = 3007000;
    int changeCounter = 3;
    int isInit = 1;
    int bigEndianChecksum;
    int pageSizeField = 4096;
    int mxFrame = 5;
    int pageCount = 9;
    int backfill = 2;
    int backfillAttempted = 4;
    int[] readMarks = {0, 5, -1, -1, -1};
    byte[] salts = {1, 2, 3, 4, 5, 6, 7, 8};

    byte[] bytes() {
        ByteBuffer index = ByteBuffer.allocate(136).order(ByteOrder.nativeOrder());
        index.putInt(version).putInt(0).putInt(changeCounter);
        index.put((byte) isInit).put((byte) bigEndianChecksum).putShort((short) pageSizeField);
        index.putInt(mxFrame)
                .putInt(pageCount)
                .putInt(0x11111111)
                .putInt(0x22222222)
                .put(salts);
        int s0 = 0;
        int s1 = 0;
        for (int at = 0; at < 40; at += 8) {
            s0 += index.getInt(at) + s1;
            s1 += index.getInt(at + 4) + s0;
        }
        index.putInt(s0).putInt(s1);
        index.put(48, index.array().clone(), 0, 48);
        index.position(96).putInt(backfill);
        for (int mark : readMarks) {
            index.putInt(mark);
        }
        index.putInt(128, backfillAttempted);
        return index.array();
    }
}
