package dev.runnel.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.model.PageSize;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Journals that SQLite itself rolls back. */
class RollbackJournalTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65536})
    void sqliteRollsBackWhatAWriterLeftHalfDone(int bytes) throws IOException {
        Path database = folder.resolve("app.db");
        PageSize pageSize = new PageSize(bytes);
        String before;
        try (SqliteShell shell = SqliteShell.open(database)) {
            shell.run("PRAGMA page_size=" + bytes + "; CREATE TABLE t(id INTEGER PRIMARY KEY, v);"
                    + " INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500)"
                    + " SELECT hex(randomblob(100)) FROM n");
            before = shell.run("SELECT sum(length(v)), group_concat(substr(v, 1, 8)) FROM t");
        }
        byte[] original = Files.readAllBytes(database);
        int pages = original.length / bytes;
        try (RollbackJournal journal = new RollbackJournal(database, pageSize, pages, 0x1234_5678);
                FileChannel channel = FileChannel.open(database, StandardOpenOption.WRITE)) {
            for (int pgno = 1; pgno <= pages; pgno++) {
                int at = (int) pageSize.offsetOf(pgno);
                journal.add(pgno, Arrays.copyOfRange(original, at, at + bytes));
            }
            journal.sync();
            for (int pgno = 1; pgno <= pages + 3; pgno++) {
                byte[] garbage = new byte[bytes];
                Arrays.fill(garbage, (byte) 0x5a);
                channel.write(ByteBuffer.wrap(garbage), pageSize.offsetOf(pgno));
            }
        }
        try (SqliteShell shell = SqliteShell.open(database)) {
            assertThat(shell.run("PRAGMA integrity_check")).isEqualTo("ok");
            assertThat(shell.run("SELECT sum(length(v)), group_concat(substr(v, 1, 8)) FROM t"))
                    .isEqualTo(before);
        }
        assertThat(Files.readAllBytes(database)).isEqualTo(original);
        assertThat(RollbackJournal.fileOf(database)).doesNotExist();
    }
}
