package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A database at rest is told from one that is not by one read of its WAL-index. */
class RestTest extends RigTest {

    private boolean rests() throws IOException {
        return rig.capture().rest() && rig.capture().isStill();
    }

    @Test
    void aCommitEndsTheRest() throws IOException {
        try (SqliteShell app = rig.app("create table t(x)")) {
            rig.attach();
            assertThat(rig.capture().rest()).as("not looked yet").isFalse();
            rig.settle();
            assertThat(rig.capture().rest()).as("to be captured").isFalse();
            rig.cut();
            assertThat(rests()).isTrue();
            app.run("insert into t values(1)");
            assertThat(rig.capture().isStill()).isFalse();
            assertThat(rig.capture().rest()).as("not seen yet").isFalse();
            rig.capturedAll();
            assertThat(rests()).isTrue();
        }
    }

    /** Backfill makes the swap due, and a WAL that is reset without a commit has other salts. */
    @Test
    void aCheckpointEndsTheRest() throws IOException {
        try (SqliteShell app = rig.app("create table t(x)")) {
            rig.attach();
            rig.capturedAll();
            assertThat(rests()).isTrue();
            app.run("pragma wal_checkpoint(passive)");
            assertThat(rig.capture().isStill()).isFalse();
            assertThat(rig.capture().rest()).isFalse();
            rig.settle();
            assertThat(rests()).isTrue();
            app.run("pragma wal_checkpoint(truncate)");
            assertThat(rig.capture().isStill()).isFalse();
            rig.capturedAll();
            assertThat(rests()).isTrue();
        }
    }

    @Test
    void anApplicationThatOpensTheDatabaseEndsTheRest() throws IOException {
        SqliteShell.once(rig.database, "pragma journal_mode=wal", "create table t(x)");
        rig.attach();
        rig.capturedAll();
        assertThat(rig.capture().database().indexed()).isFalse();
        assertThat(rests()).isTrue();
        try (SqliteShell app = rig.app("insert into t values(1)")) {
            assertThat(rig.capture().isStill()).isFalse();
            assertThat(app.run("select count(*) from t")).isEqualTo("1");
        }
    }
}
