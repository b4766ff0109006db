package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import dev.runnel.testing.SqliteShell;
import dev.runnel.wal.WalState;
import dev.runnel.wal.WalWalk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Frames that are walked before their commit, and what becomes of them when another one comes. */
class FramesAheadTest extends RigTest {

    private static final String FILL = "insert into t(x) select randomblob(1500) from generate_series(1,400)";

    /** With a cache that spills, but keeps the pages that are changed again and again. */
    private SqliteShell app() {
        return rig.app("pragma cache_size=50", "create table t(id integer primary key, x)");
    }

    private AttachedDatabase attach() throws IOException {
        return AttachedDatabase.attach(rig.database, new DescriptorRegistry(), KernelLocks.ofThisProcess());
    }

    private static WalState state(AttachedDatabase attached) throws IOException {
        WalState state = attached.state();
        assertThat(state).isNotNull();
        return state;
    }

    @Test
    void leadToTheCommit() throws IOException {
        try (SqliteShell app = app();
                AttachedDatabase attached = attach()) {
            WalState before = state(attached);
            FramesAhead ahead = new FramesAhead(attached);
            ahead.walk(before);
            assertThat(ahead.last()).isEqualTo(before.mxFrame());
            app.run("begin");
            app.run(FILL);
            ahead.walk(before);
            int walked = ahead.last();
            assertThat(walked).isGreaterThan(before.mxFrame() + 50);
            assertThat(ahead.leadsTo(before, before.mxFrame())).isFalse();
            app.run("commit");
            WalState after = state(attached);
            assertThat(ahead.leadsTo(after, before.mxFrame())).isTrue();
            assertThat(ahead.leadsTo(after, before.mxFrame() - 1))
                    .as("frames before it are wanted, too")
                    .isFalse();

            List<Integer> pages = new ArrayList<>();
            WalWalk.walk(
                    attached.wal(),
                    after.format(),
                    before.mxFrame(),
                    before.checksum(),
                    after.mxFrame(),
                    (frame, page, commit) -> pages.add(page));
            FrameBuffer found = ahead.handOver(new FrameBuffer());
            WalWalk rest =
                    WalWalk.walk(attached.wal(), after.format(), walked, ahead.checksum(), after.mxFrame(), found);
            assertThat(rest.frames()).isEqualTo(after.mxFrame());
            assertThat(rest.checksum()).isEqualTo(after.checksum());
            for (int frame = before.mxFrame() + 1; frame <= after.mxFrame(); frame++) {
                assertThat(found.page(frame)).isEqualTo(pages.get(frame - before.mxFrame() - 1));
            }
            assertThat(ahead.leadsTo(after, before.mxFrame())).as("given away").isFalse();
        }
    }

    /** How many commits there were is for a look to count. */
    @Test
    void endBeforeACommit() throws IOException {
        try (SqliteShell app = app();
                AttachedDatabase attached = attach()) {
            WalState before = state(attached);
            app.run("insert into t(x) select randomblob(1500) from generate_series(1,30)");
            int committed = state(attached).mxFrame();
            app.run(FILL);
            FramesAhead ahead = new FramesAhead(attached);
            ahead.walk(before);
            ahead.walk(before);
            assertThat(ahead.last()).isGreaterThan(before.mxFrame()).isLessThan(committed);
        }
    }

    @Test
    void ofARollbackAreForgotten() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            for (int rows : new int[] {400, 800, 250}) {
                app.run("pragma wal_checkpoint(passive)");
                rig.settle();
                app.run("begin");
                app.run(FILL);
                rig.capture().look();
                app.run("rollback");
                app.run("begin");
                app.run("insert into t(x) select randomblob(1400) from generate_series(1," + rows + ")");
                rig.capture().look();
                app.run("commit");
                rig.capturedAll();
            }
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Continuity.Reason.NO_POSITION);
        }
    }

    /** SQLite overwrites the frames of pages that are changed again, and signs what it wrote only at the commit. */
    @Test
    void thatAreOverwrittenAreForgotten() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run(FILL);
            rig.capturedAll();
            app.run("begin");
            app.run("update t set x = randomblob(1500)");
            rig.capture().look();
            app.run("update t set x = randomblob(1500)");
            rig.capture().look();
            app.run("commit");
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Continuity.Reason.NO_POSITION);
        }
    }

    @Test
    void ofAWalThatWasResetMeanwhileAreForgotten() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            for (int i = 0; i < 3; i++) {
                app.run("pragma wal_checkpoint(passive)");
                rig.settle();
                app.run("begin");
                app.run(FILL);
                rig.capture().look();
                app.run("commit");
                rig.settle();
            }
            assertThat(rig.capture().counts().resetsFollowed()).isGreaterThan(1);
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).containsOnlyKeys(Continuity.Reason.NO_POSITION);
        }
    }
}
