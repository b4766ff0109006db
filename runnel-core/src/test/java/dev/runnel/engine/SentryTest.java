package dev.runnel.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.capture.Divergence;
import dev.runnel.capture.History;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.PageOne;
import dev.runnel.capture.ReconcileGuard;
import dev.runnel.capture.StateDirectory;
import dev.runnel.model.PageSize;
import dev.runnel.model.TxId;
import dev.runnel.storage.memory.MemoryObjectStore;
import dev.runnel.testing.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentryTest {

    /** Of a database with so many tables that page 1 does not tell of them, as Rails applications have. */
    private static final PageOne SILENT = new PageOne(7, 3, 0, null, 1);

    private static final PageOne SILENT_LATER = new PageOne(8, 3, 0, null, 2);

    private static final History HISTORY = new History(TxId.FIRST, new PageMap(new PageSize(4096)), null, 0);

    private final ManualTime time = new ManualTime();
    private Path database;
    private Sentry sentry;

    @BeforeEach
    void begin(@TempDir Path folder) throws IOException {
        database = Files.createFile(folder.resolve("app.db"));
        ReplicaArchive archive = new ReplicaArchive(new MemoryObjectStore(time), ReplicaLayout.files(""));
        sentry = new Sentry(
                new DatabaseSettings(
                        database,
                        folder.resolve("state"),
                        List.of(ReplicaSettings.defaults("r", archive)),
                        DatabaseSettings.DEFAULT_MONITOR_INTERVAL,
                        DatabaseSettings.DEFAULT_MAX_WAL_BYTES,
                        DatabaseSettings.DEFAULT_MAX_SPOOL_BYTES,
                        OnDivergence.DECIDE,
                        Checkpointing.OFF),
                new StateDirectory(folder.resolve("state")),
                time);
        sentry.goesOnFrom(new Origin(HISTORY, "a replica", false, null, null, SILENT));
    }

    private static Divergence rewritten() {
        return new Divergence(1000, 800, 0, 0, 4096, SILENT_LATER);
    }

    @Test
    void aFileThatPassedMayBeRewrittenWhereNobodySawIt() throws IOException {
        sentry.guard("file").check(new Divergence(1000, 1000, 999, 0, 4096, SILENT_LATER));
        sentry.trust();
        assertThatCode(() -> sentry.check(rewritten())).doesNotThrowAnyException();
        assertThat(sentry.foresees(rewritten())).isTrue();
        assertThat(sentry.guard("file")).isSameAs(ReconcileGuard.NONE);
    }

    @Test
    void anotherFileInItsPlaceIsJudged() {
        requireJudged(sentry.guard("file"));
        sentry.trust();
        requireJudged(sentry.guard("another file"));
    }

    @Test
    void aFileThatWasLostIsJudgedThoughItHasTheSameIdentity() throws IOException {
        known();
        sentry.guard("file").check(rewritten());
        sentry.trust();
        sentry.fileLost();
        requireJudged(sentry.guard("file"));
    }

    /** By the nightly VACUUM of a process that came and went between two looks. */
    @Test
    void aFileThatWasWrittenToUnseenIsTheKnownOneUnlessItsSchemaIsFarAway() throws IOException {
        known();
        sentry.distrust();
        sentry.guard("file").check(rewritten());
        sentry.distrust();
        assertThatThrownBy(() -> sentry.guard("file")
                        .check(new Divergence(1000, 800, 0, 0, 4096, new PageOne(8, 90, 0, null, 2))))
                .isInstanceOf(DivergedException.class);
    }

    private void known() {
        sentry.goesOnFrom(new Origin(HISTORY, "a replica", true, TxId.FIRST, "file", SILENT));
    }

    private static void requireJudged(ReconcileGuard guard) {
        assertThatThrownBy(() -> guard.check(rewritten())).isInstanceOf(DivergedException.class);
        assertThatThrownBy(() -> guard.foresees(rewritten())).isInstanceOf(DivergedException.class);
    }
}
