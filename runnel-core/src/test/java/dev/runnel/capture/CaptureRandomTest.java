package dev.runnel.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.capture.Continuity.Reason;
import dev.runnel.testing.Seeds;
import dev.runnel.testing.SqliteShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two applications do what applications do, in an order made of a seed, with looks, cuts, snapshots and restarts in
 * between; every cut is verified by its proof, and at the end the replica is the database.
 */
class CaptureRandomTest {

    private static final int ROUNDS = Integer.getInteger("runnel.rounds", 8);
    private static final int STEPS = 120;

    @TempDir
    Path directory;

    @Test
    void anythingInAnyOrder() throws IOException {
        Random seeds = Seeds.random("CaptureRandomTest");
        for (int round = 0; round < ROUNDS; round++) {
            long seed = round == 0 && System.getProperty("runnel.seed") != null
                    ? Long.getLong("runnel.seed", 0)
                    : seeds.nextLong();
            try {
                round(new Random(seed), Files.createDirectory(directory.resolve("round-" + round)));
            } catch (IOException | AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Drunnel.seed=" + seed + " -Drunnel.rounds=1", e);
            }
        }
    }

    private static void round(Random random, Path folder) throws IOException {
        Rig rig = new Rig(folder);
        SqliteShell.once(
                rig.database,
                "pragma page_size=" + (512 << random.nextInt(8)),
                "pragma auto_vacuum=" + random.nextInt(3),
                "pragma journal_mode=wal",
                "create table t(id integer primary key, x)",
                "create index i on t(x)");
        SqliteShell[] apps = {open(rig, random), open(rig, random)};
        try (rig) {
            rig.attach();
            for (int step = 0; step < STEPS; step++) {
                step(rig, apps, random);
            }
            apps[1].close();
            apps[0].run(".timeout 300000");
            rig.assertEqual(apps[0]);
            assertNoIncident(rig);
            assertThat(apps[0].run("pragma integrity_check")).isEqualTo("ok");
        } finally {
            apps[0].close();
            apps[1].close();
        }
    }

    /** Locks let go and restarts break continuity, and SQLite may leave frames without checksum; else nothing does. */
    private static void assertNoIncident(Rig rig) {
        assertThat(Set.of(Reason.NO_POSITION, Reason.WAL_CHANGED_UNSEEN, Reason.CHAIN_BROKEN))
                .containsAll(rig.capture().counts().breaks().keySet());
    }

    private static SqliteShell open(Rig rig, Random random) {
        // A checkpoint that has to wait for us gives up at once: no look comes while this thread waits for its answer.
        return SqliteShell.open(
                rig.database,
                ".timeout 0",
                "pragma wal_autocheckpoint=" + (random.nextBoolean() ? 0 : 1 << random.nextInt(8)),
                "pragma cache_size=" + (random.nextBoolean() ? 5 : 500));
    }

    private static void step(Rig rig, SqliteShell[] apps, Random random) throws IOException {
        int which = random.nextInt(2);
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> apps[which].run(change(random));
            case 4, 5 -> rig.capture().look();
            case 6 -> rig.capturedAll();
            case 7 -> rig.accept(rig.capture().cut());
            case 8 ->
                apps[which].run("pragma wal_checkpoint("
                        + List.of("passive", "full", "restart", "truncate").get(random.nextInt(4)) + ")");
            case 9 -> kill(rig, apps, which, random);
            case 10 -> {
                rig.settle();
                rig.capture().beginSnapshot();
                rig.accept(rig.capture().advance());
            }
            default -> {
                if (random.nextInt(4) == 0 && rig.capture().txId() != null) {
                    assertNoIncident(rig);
                    rig.restart();
                } else if (random.nextInt(4) == 0) {
                    rig.capture().letGo();
                }
            }
        }
        CutFile snapshot = rig.capture().takeSnapshot();
        if (snapshot != null) {
            new Replica(rig.database.resolveSibling(
                            "snapshot-" + snapshot.header().txIds()))
                    .apply(snapshot);
        }
    }

    private static void kill(Rig rig, SqliteShell[] apps, int which, Random random) throws IOException {
        if (random.nextBoolean()) {
            apps[which].run("begin");
            apps[which].attempt(change(random));
            rig.capture().look();
        } else {
            List<CompletableFuture<String>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                running.add(apps[which].start(change(random)));
            }
            rig.capture().look();
            rig.capture().look();
            assertThat(running).hasSize(3);
        }
        apps[which].kill();
        apps[which] = open(rig, random);
    }

    private static String change(Random random) {
        int k = random.nextInt(40);
        int size = 1 << random.nextInt(13);
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> "insert into t(x) select randomblob(" + size + ") from generate_series(1," + k + ")";
            case 3, 4 -> "update t set x=randomblob(" + size + ") where id%40=" + k;
            case 5 -> "delete from t where id%40=" + k;
            case 6 ->
                "begin; insert into t(x) select randomblob(" + size
                        + ") from generate_series(1,100); savepoint s; delete from t; rollback to s; "
                        + (random.nextBoolean() ? "commit" : "rollback");
            case 7 -> random.nextInt(4) == 0 ? "vacuum" : "pragma incremental_vacuum(" + k + "); select 1";
            case 8 -> "pragma user_version=" + k;
            default ->
                "create table if not exists u" + k + "(x); insert into u" + k + " values(zeroblob(5000)); drop table u"
                        + k;
        };
    }
}
