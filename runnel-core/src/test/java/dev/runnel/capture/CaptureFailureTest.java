package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.capture.Capture.Result;
import dev.runnel.capture.Capture.Step;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A step that fails loses nothing: the next ones capture all the same, without a gap in the TXIDs. */
class CaptureFailureTest extends RigTest {

    private static final String FILL = "insert into t(x) select randomblob(3000) from generate_series(1,%d)";

    @SuppressWarnings("NullAway.Init")
    private Path temporary;

    @BeforeEach
    void setUp() throws IOException {
        temporary = rig.state.root().resolve("runnel").resolve("tmp");
    }

    private SqliteShell app() {
        return rig.app("create table t(id integer primary key, x)", String.format(FILL, 900));
    }

    private void breakSpooling() throws IOException {
        Rig.run("rm", "-rf", temporary.toString());
        Files.createFile(temporary);
    }

    private void mendSpooling() throws IOException {
        Files.delete(temporary);
        Files.createDirectories(temporary);
    }

    /** Compressed pages of a megabyte and more go to a file, which cannot be made in the middle of the read. */
    @Test
    void theSpoolOfAPageDiffCannotBeWritten() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.settle();
            rig.time.stepBy(20_000_000);
            Result result = rig.capture().cut();
            assertThat(result.step()).isEqualTo(Step.AGAIN);
            breakSpooling();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1000; i++) {
                            rig.capture().cut();
                        }
                    })
                    .isInstanceOf(IOException.class);
            assertThat(rig.capture().reconcileNeeded()).isTrue();
            assertThat(rig.capture().hasWork()).isTrue();
            mendSpooling();
            rig.assertEqual(app);
        }
    }

    @Test
    void theSpoolOfACutCannotBeMade() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run("update t set x=randomblob(3000) where id<500");
            rig.settle();
            breakSpooling();
            assertThatThrownBy(() -> rig.cut()).isInstanceOf(IOException.class);
            app.run("update t set x=randomblob(3000) where id=600");
            assertThatThrownBy(() -> rig.cut()).isInstanceOf(IOException.class);
            mendSpooling();
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(cut.header().txIds().min().value()).isEqualTo(2);
            rig.assertEqual(app);
        }
    }

    @Test
    void theFileCannotBePublished() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run("delete from t where id%3=0");
            Path level0 = rig.state.root().resolve("ltx").resolve("0");
            Path aside = rig.state.root().resolve("aside");
            Files.move(level0, aside);
            Files.createFile(level0);
            rig.settle();
            assertThatThrownBy(() -> rig.cut()).isInstanceOf(IOException.class);
            assertThat(rig.capture().txId()).hasToString("0000000000000001");
            Files.delete(level0);
            Files.move(aside, level0);
            CutFile cut = rig.capturedAll();
            assertThat(cut).isNotNull();
            assertThat(cut.header().txIds().min().value()).isEqualTo(2);
            rig.assertEqual(app);
        }
    }

    /** A file of which nobody learns would be a gap in the replica. */
    @Test
    void thePositionCannotBeRecorded() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run("delete from t where id%3=0");
            Path position = rig.state.root().resolve("runnel").resolve("position");
            Files.delete(position);
            Files.createDirectories(position.resolve("in the way"));
            rig.settle();
            assertThatThrownBy(() -> rig.cut()).isInstanceOf(IOException.class);
            assertThat(rig.state.level0Ranges()).hasSize(1);
            Rig.run("rm", "-r", position.toString());
            rig.assertEqual(app);
            assertThat(rig.state.level0Ranges()).hasSize(2);
            rig.restart();
            app.run("delete from t where id%3=1");
            rig.assertEqual(app);
            assertThat(rig.capture().counts().breaks()).doesNotContainKey(Continuity.Reason.NO_POSITION);
        }
    }

    /** The cut that closes a snapshot is written first; it must come to its caller when the snapshot fails. */
    @Test
    void theSnapshotCannotBePublished() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            app.run("update t set x=1 where id=1");
            rig.settle();
            assertThat(rig.capture().beginSnapshot()).isTrue();
            Path inTheWay = temporary.resolve("snapshot-0000000000000002.ltx");
            Files.createDirectories(inTheWay.resolve("in the way"));
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1000; i++) {
                            assertThat(rig.capture().advance().file()).isNull();
                        }
                    })
                    .isInstanceOf(IOException.class);
            assertThat(rig.capture().takeSnapshot()).isNull();
            assertThat(rig.capture().hasWork()).isTrue();
            Result late = rig.capture().cut();
            assertThat(late.step()).isEqualTo(Step.DONE);
            CutFile cut = rig.accept(late);
            assertThat(cut).isNotNull();
            assertThat(cut.header().txIds().min().value()).isEqualTo(2);
            Rig.run("rm", "-r", inTheWay.toString());
            rig.assertEqual(app);
        }
    }

    /** Local state is a cache: whoever deletes it under us loses nothing. */
    @Test
    void theStateDirectoryIsDeletedUnderUs() throws IOException {
        try (SqliteShell app = app()) {
            rig.attach();
            rig.capturedAll();
            Rig.run("rm", "-rf", rig.state.root().toString());
            app.run("update t set x=1 where id=1");
            assertThat(rig.capturedAll()).isNotNull();
            rig.assertEqual(app);
        }
    }
}
