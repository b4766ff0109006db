package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Killed again and again, the daemon and the application lose nothing: what is restored is the source. */
class KillStormTest {

    @TempDir
    Path folder;

    private final long seed = Long.getLong("runnel.seed", System.nanoTime() & 0xffffff);
    private final Random random = new Random(seed);
    private Scene scene;
    private Databases databases;
    private Path database;
    private Path replica;
    private Storm storm;

    /** What happens between a death of the daemon and its next start. */
    private enum Interlude {
        NONE,
        STATE_DELETED,
        WRITES,
        WRITES_AND_TRUNCATES,
        WRITES_AND_STATE_DELETED,
        APPLICATION_DIES
    }

    @BeforeEach
    void begin() throws IOException {
        System.out.println("seed of the storm: -Drunnel.seed=" + seed);
        scene = new Scene(folder);
        databases = new Databases(scene);
        database = scene.path("app.db");
        replica = scene.path("replica");
        storm = scene.closing(new Storm(database, seed));
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    /** Its lease is short: one that lost its state cannot know that its predecessor is dead. */
    private Child daemon() throws IOException {
        Path config = scene.path("runnel.yml");
        Files.writeString(
                config, "lease-ttl: 2s\ndbs:\n  - path: " + database + "\n    replica: {path: " + replica + "}\n");
        return scene.start("replicate", "-config", config);
    }

    @Test
    void aKilledDaemonGoesOnWhereItWas() throws IOException, InterruptedException {
        List<Interlude> interludes = new ArrayList<>(List.of(Interlude.values()));
        interludes.add(Interlude.NONE);
        Collections.shuffle(interludes, random);
        storm.start();
        for (Interlude interlude : interludes) {
            Child daemon = daemon();
            awaitMomentToDie(daemon);
            daemon.kill();
            assertThat(daemon.out())
                    .as(seed + " " + interlude + "\n" + daemon.output())
                    .noneMatch(KillStormTest::isError);
            checkAnyState();
            play(interlude);
        }
        Child daemon = daemon();
        storm.awaitSteps(20);
        finish(daemon);
    }

    private static boolean isError(String line) {
        return line.contains("level=ERROR");
    }

    /** At its start, once it knows the replica, or anywhere in its work. */
    private void awaitMomentToDie(Child daemon) {
        int dice = random.nextInt(6);
        if (dice == 0) {
            storm.awaitSteps(random.nextInt(60));
        } else if (dice == 1) {
            daemon.awaitLine("replica opened");
        } else {
            daemon.awaitLine("attached");
            storm.awaitSteps(random.nextInt(150));
        }
    }

    private void play(Interlude interlude) throws IOException {
        switch (interlude) {
            case NONE -> {}
            case STATE_DELETED -> delete(scene.path(".app.db-litestream"));
            case WRITES -> storm.awaitSteps(100);
            case WRITES_AND_TRUNCATES -> storm.truncateAfter(100);
            case WRITES_AND_STATE_DELETED -> {
                storm.awaitSteps(50);
                delete(scene.path(".app.db-litestream"));
            }
            case APPLICATION_DIES -> storm.dieOnce();
        }
    }

    @Test
    void aKilledApplicationLosesNothingThatWasCommitted() throws IOException, InterruptedException {
        Child daemon = daemon();
        daemon.awaitLine("attached");
        storm.start();
        for (int i = 0; i < 6; i++) {
            storm.awaitSteps(random.nextInt(80));
            storm.dieOnce();
            checkAnyState();
        }
        finish(daemon);
    }

    /** Whatever the replica holds is one state of the database, and not a mixture. */
    private void checkAnyState() throws IOException {
        String state = databases.askReplica(replica, Storm.STATE);
        if (state != null) {
            assertThat(state).as("seed " + seed).endsWith("/5000");
        }
    }

    private void finish(Child daemon) throws IOException, InterruptedException {
        String state = storm.stop();
        databases.awaitReplica(replica, Storm.STATE, state, daemon);
        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        assertThat(daemon.out()).as(daemon.output()).noneMatch(KillStormTest::isError);
        Path copy = scene.path("copy.db");
        Scene.Run restore = scene.run("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(restore.code()).as(restore.text()).isZero();
        assertThat(restore.text()).contains("proof=verified");
        databases.assertSame(database, copy);
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
