package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.capture.PageOne.Descent;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageOneTest {

    @TempDir
    private Path folder;

    private PageOne of(String name, String... sql) throws IOException {
        Path database = folder.resolve(name);
        SqliteShell.once(database, sql);
        return of(database);
    }

    private static PageOne ofCheckpointed(Path database, SqliteShell shell) throws IOException {
        shell.run("PRAGMA wal_checkpoint(TRUNCATE)");
        return of(database);
    }

    private static PageOne of(Path database) throws IOException {
        return PageOne.of(Arrays.copyOf(Files.readAllBytes(database), 4096));
    }

    @Test
    void namesTheTablesOfTheApplicationAlone() throws IOException {
        PageOne page = of(
                "a.db",
                "CREATE TABLE users(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)",
                "CREATE INDEX by_name ON users(name)",
                "CREATE VIEW v AS SELECT * FROM users",
                "CREATE TABLE \"odd name\"(x)");
        assertThat(page.tables()).containsExactlyInAnyOrder("users", "odd name");
        assertThat(page.hasNoTables()).isFalse();
    }

    @Test
    void anySchemaTextEncodingWillDo() throws IOException {
        assertThat(of("utf16.db", "PRAGMA encoding='UTF-16le'", "CREATE TABLE users(x)")
                        .tables())
                .containsExactly("users");
    }

    @Test
    void aSchemaThatDoesNotFitIsNotKnown() throws IOException {
        StringBuilder sql = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            sql.append("CREATE TABLE t").append(i).append("(a, b, c, d, e, f, g, h, i, j);");
        }
        PageOne page = of("large.db", sql.toString());
        assertThat(page.tables()).isNull();
        assertThat(page.hasNoTables()).isFalse();
    }

    @Test
    void noTablesAreNoTables() throws IOException {
        PageOne page = of("empty.db", "CREATE TABLE t(x)", "DROP TABLE t");
        assertThat(page.hasNoTables()).isTrue();
    }

    @Test
    void damageIsNotKnown() {
        byte[] page = new byte[4096];
        Arrays.fill(page, (byte) 0x8d);
        page[100] = 13;
        assertThat(PageOne.of(page).tables()).isNull();
        assertThat(PageOne.of(new byte[512]).tables()).isNull();
    }

    @Test
    void aLaterStateIsASuccessorAndTheEarlierOneOlder() throws IOException {
        PageOne before = of("a.db", "CREATE TABLE users(x)", "CREATE TABLE orders(x)");
        PageOne after = of("a.db", "CREATE TABLE more(x)", "INSERT INTO users VALUES(zeroblob(9000))");
        PageOne vacuumed = of("a.db", "VACUUM");
        assertThat(after.descentFrom(before)).isEqualTo(Descent.SUCCESSOR);
        assertThat(vacuumed.descentFrom(before)).isEqualTo(Descent.SUCCESSOR);
        assertThat(before.descentFrom(before)).isEqualTo(Descent.SUCCESSOR);
        assertThat(before.descentFrom(after)).isEqualTo(Descent.OLDER);
    }

    /** In WAL mode a connection counts from what page 1 said when it read it, and reads it once. */
    @Test
    void oneConnectionWritesOneCountOverAndOver() throws IOException {
        Path database = folder.resolve("wal.db");
        try (SqliteShell shell = SqliteShell.open(database, "PRAGMA journal_mode=wal", "CREATE TABLE users(x)")) {
            shell.run("INSERT INTO users VALUES(zeroblob(9000))");
            PageOne before = ofCheckpointed(database, shell);
            shell.run("INSERT INTO users VALUES(zeroblob(90000))");
            PageOne after = ofCheckpointed(database, shell);
            assertThat(after.checksum()).isNotEqualTo(before.checksum());
            assertThat(after.changeCounter()).isEqualTo(before.changeCounter());
            assertThat(after.descentFrom(before)).isEqualTo(Descent.EQUAL_COUNT);
        }
    }

    @Test
    void aVacuumShowsAlsoInOneCount() throws IOException {
        Path database = folder.resolve("wal.db");
        try (SqliteShell shell = SqliteShell.open(database, "PRAGMA journal_mode=wal", "CREATE TABLE users(x)")) {
            shell.run("INSERT INTO users VALUES(zeroblob(900000))");
            PageOne before = ofCheckpointed(database, shell);
            shell.run("DELETE FROM users; VACUUM");
            PageOne after = ofCheckpointed(database, shell);
            assertThat(after.changeCounter()).isEqualTo(before.changeCounter());
            assertThat(after.schemaCookie()).isGreaterThan(before.schemaCookie());
            assertThat(after.descentFrom(before)).isEqualTo(Descent.SUCCESSOR);
        }
    }

    @Test
    void theSameTablesWithAsManyCommitsCanBeAnotherBranch() throws IOException {
        PageOne before = of("a.db", "CREATE TABLE users(x)", "INSERT INTO users VALUES(zeroblob(9000))");
        PageOne again = of("b.db", "CREATE TABLE users(x)", "INSERT INTO users VALUES(zeroblob(90000))");
        assertThat(again.changeCounter()).isEqualTo(before.changeCounter());
        assertThat(again.descentFrom(before)).isEqualTo(Descent.EQUAL_COUNT);
    }

    @Test
    void otherTablesOrAnotherApplicationIdAreForeign() throws IOException {
        PageOne before = of("a.db", "CREATE TABLE users(x)", "CREATE TABLE flyway_schema_history(x)");
        PageOne other = of(
                "b.db",
                "CREATE TABLE flyway_schema_history(x)",
                "CREATE TABLE orders(x)",
                "CREATE TABLE items(x)",
                "CREATE TABLE stock(x)");
        assertThat(other.tables()).hasSize(4);
        assertThat(of("c.db", "CREATE TABLE orders(x)", "CREATE TABLE items(x)").descentFrom(before))
                .isEqualTo(Descent.FOREIGN);
        PageOne marked = of("a.db", "PRAGMA application_id=7");
        assertThat(marked.descentFrom(before)).isEqualTo(Descent.SUCCESSOR);
        assertThat(of("a.db", "PRAGMA application_id=8").descentFrom(marked)).isEqualTo(Descent.FOREIGN);
        assertThat(Objects.requireNonNull(marked.tables())).contains("users");
    }
}
