package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listings of Litestream 0.3, and {@code reset}. */
class HistoryCommandTest {

    private static final String ID = "00112233445566aa";
    private static final Instant START = Instant.parse("2026-11-21T00:00:00.5Z");
    private static final Instant END = Instant.parse("2026-11-22T00:00:01Z");

    @TempDir
    Path directory;

    private CliHarness cli;
    private Path database;

    @BeforeEach
    void begin() {
        database = directory.resolve("app.db");
        cli = new CliHarness(directory)
                .config("dbs:\n  - path: " + database + "\n    replicas:\n      - name: near\n        path: /backup\n");
        cli.history = new ReplicaHistory(
                List.of(new ReplicaHistory.Generation(ID, START, END)),
                List.of(new ReplicaHistory.Snapshot(ID, 11, 4242, START)),
                List.of(
                        new ReplicaHistory.Segment(ID, 12, 0, 93, END),
                        new ReplicaHistory.Segment("ffffffffffffffff", 13, 4152, 100, END)));
    }

    @Test
    void generationsTellHowFarTheReplicaIsBehind() throws IOException {
        Files.writeString(database, "x");
        Files.setLastModifiedTime(database, FileTime.from(END.plusSeconds(3)));
        Path wal = Files.writeString(directory.resolve("app.db-wal"), "x");
        Files.setLastModifiedTime(wal, FileTime.from(END.plusMillis(75_900)));
        assertThat(cli.run("generations", database.toString())).isEqualTo(new CliHarness.Run(0, """
                        name  generation        lag    start                 end
                        near  00112233445566aa  1m15s  2026-11-21T00:00:00Z  2026-11-22T00:00:01Z
                        """, ""));
    }

    @Test
    void withoutADatabaseThereIsNoLag() {
        assertThat(cli.run("generations", database.toString()).out()).contains("  -    2026-11-21");
        assertThat(cli.run("generations", "file:///backup").out()).contains("file  " + ID + "  -    ");
    }

    @Test
    void snapshotsAndChangesAreCountedInDecimals() {
        assertThat(cli.run("snapshots", "-replica", "near", database.toString()).out())
                .isEqualTo("""
                        replica  generation        index  size  created
                        near     00112233445566aa  11     4242  2026-11-21T00:00:00Z
                        """);
        assertThat(cli.run("wal", database.toString()).out()).isEqualTo("""
                        replica  generation        index  offset  size  created
                        near     00112233445566aa  12     0       93    2026-11-22T00:00:01Z
                        near     ffffffffffffffff  13     4152    100   2026-11-22T00:00:01Z
                        """);
        assertThat(cli.run("wal", "-generation", ID, database.toString()).out().lines())
                .hasSize(2);
    }

    @Test
    void anArgumentIsNeeded() {
        assertThat(cli.run("snapshots").err())
                .isEqualTo("Error: database path or replica URL required\nTry: runnel snapshots -help\n");
        assertThat(cli.run("wal", "-replica", "far", database.toString()).err())
                .startsWith("Error: replica \"far\" not found for database ");
    }

    @Test
    void resetPrintsWhatItDeletes() throws IOException {
        assertThat(cli.run("reset").err()).isEqualTo("Error: database path required\nTry: runnel reset /path/to/db\n");
        assertThat(cli.run("reset", database.toString()).err())
                .isEqualTo("Error: database does not exist: " + database + "\n");
        Files.writeString(database, "x");
        assertThat(cli.run("reset", database.toString()))
                .isEqualTo(new CliHarness.Run(0, """
                        No local state to reset for DB
                        Meta directory does not exist: /data/.app.db-litestream
                        """.replace("DB", database.toString()), ""));
        cli.localState = new LocalState(Path.of("/state"), true, List.of(Path.of("/state/ltx/0/a.ltx")));
        assertThat(cli.run("reset", "-dry-run", database.toString()).out())
                .isEqualTo("""
                        Dry run: local Litestream state would be reset for: DB
                        Would remove: /state/ltx
                        Files that would be removed:
                          /state/ltx/0/a.ltx
                        No files were removed.
                        """.replace("DB", database.toString()));
    }
}
