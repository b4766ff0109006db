package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A writer that never pauses: its WAL stays bounded, and every commit is followed, none found by a page diff. */
class FlatOutTest {

    /** Four times the length at which SQLite runs a checkpoint. */
    private static final long WAL_LIMIT = 16 << 20;

    private static final int GENERATIONS = 25;
    /** No pause of the daemon makes that, and the disk is not to be filled until the patience ends. */
    private static final long ENDLESS = 4L << 30;

    @TempDir
    Path folder;

    private Scene scene;
    private Databases databases;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        databases = new Databases(scene);
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    @Test
    void everyCommitIsFollowedAndTheWalStaysBounded() throws IOException {
        Path database = scene.path("app.db");
        Child writer = scene.startProgram(FlatOutWriter.class, database);
        writer.awaitLine("ready");
        Child daemon = scene.start("replicate", "app.db", scene.fileUrl("replica"));
        daemon.awaitLine("attached");
        writer.tell("begin");
        awaitShortGenerations(database, daemon);
        writer.tell("end");
        assertThat(writer.awaitEnd()).as(writer.output()).isZero();
        String commits = field(writer.awaitLine("commits="), "commits=([0-9]+)");

        assertThat(daemon.terminate()).as(daemon.output()).isZero();
        Path copy = scene.path("copy.db");
        Scene.Run run = scene.runHere("restore", "-o", copy, scene.fileUrl("replica"));
        assertThat(run.text()).contains("proof=verified");
        assertThat(Shell.once(copy, "SELECT n FROM counter")).isEqualTo(commits);
        databases.assertSame(database, copy);

        String ended = daemon.awaitLine("replication ended");
        System.out.println(
                "flat out: " + writer.awaitLine("commits=") + "; " + ended.substring(ended.indexOf("counts=")));
        assertThat(field(ended, "resets_followed=([0-9]+)")).isNotEqualTo("0");
        assertThat(ended.replace("reconciles_no_position=1", ""))
                .as("page diffs beside the first one")
                .doesNotContain("reconciles_");
        assertThat(daemon.out()).as(daemon.output()).noneMatch(line -> line.contains("WARN") || line.contains("ERROR"));
    }

    /**
     * Follows the WAL by its index until it was begun anew so many times before it was long. A time in which the daemon does
     * not get to run makes one of them long, and not the next.
     */
    private static void awaitShortGenerations(Path database, Child daemon) {
        int[] generation = {0};
        long[] longest = {0};
        List<Long> lengths = new ArrayList<>();
        Await.until(
                GENERATIONS + " WALs that end before they are " + WAL_LIMIT + " bytes long",
                () -> {
                    Databases.WalExtent extent = Databases.walExtent(database);
                    if (extent == null) {
                        return false;
                    }
                    if (extent.generation() != generation[0]) {
                        if (longest[0] > 0) {
                            lengths.add(longest[0]);
                        }
                        generation[0] = extent.generation();
                        longest[0] = 0;
                    }
                    longest[0] = Math.max(longest[0], extent.bytes());
                    assertThat(longest[0])
                            .as("bytes of a WAL that nothing resets")
                            .isLessThan(ENDLESS);
                    return lengths.stream().filter(length -> length < WAL_LIMIT).count() >= GENERATIONS;
                },
                () -> "lengths: " + lengths + ", then " + longest[0] + "\n" + daemon.output());
        System.out.println("flat out: lengths of the WAL " + lengths);
    }

    private static String field(String line, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(line);
        assertThat(matcher.find()).as(line).isTrue();
        return matcher.group(1);
    }
}
