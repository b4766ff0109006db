package dev.runnel.cli.services;

import dev.runnel.DatabaseOptions;
import dev.runnel.KeyLayout;
import dev.runnel.ReplicaOptions;
import dev.runnel.Replication;
import dev.runnel.Restore;
import dev.runnel.Runnel;
import dev.runnel.cli.CliContext;
import dev.runnel.cli.RestoreRequest.IntegrityCheck;
import dev.runnel.model.TxId;
import dev.runnel.report.DatabaseReport;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.file.FileObjectStore;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Shows the main job on a real database: an application in a process of its own writes, Runnel replicates, the database is
 * destroyed, and comes back, newest and as of an instant, with the proof.
 */
final class Demo {

    private static final int ROUNDS = 40;
    private static final int ROWS_PER_ROUND = 500;
    private static final int PATIENCE_SECONDS = 30;

    private final CliContext context;
    private final PrintStream out;

    Demo(CliContext context) {
        this.context = context;
        this.out = context.out();
    }

    int run() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("runnel-demo-");
        Path database = folder.resolve("app.db");
        Path replica = folder.resolve("replica");
        say("A database, and an application that writes to it from a process of its own:");
        say("  database  " + database);
        say("  replica   file://" + replica);
        DemoApplication application = DemoApplication.start(database);
        ObjectStore store = new FileObjectStore(replica);
        Instant instant;
        String newest;
        String earlier;
        try (Runnel runnel = Runnel.builder()
                .database(DatabaseOptions.of(database, ReplicaOptions.of("file", store, "", KeyLayout.FILES)))
                .start()) {
            Replication replication = runnel.replications().get(0);
            application.write(ROUNDS / 2, ROWS_PER_ROUND);
            earlier = application.summary();
            await(replication);
            instant = nextInstant();
            say("");
            say("Half way:   " + earlier + ", stored, at " + instant);
            application.write(ROUNDS / 2, ROWS_PER_ROUND);
            newest = application.summary();
            TxId txId = await(replication);
            DatabaseReport report = replication.report();
            say("At the end: " + newest + ", stored as TXID " + txId);
            say("            " + report.counters().getOrDefault("cuts", 0L) + " uploads of "
                    + report.counters().getOrDefault("cut_pages", 0L) + " pages; the application never waited");
        }
        application.kill();
        for (String suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(database.resolveSibling("app.db" + suffix));
        }
        say("");
        say("The application is killed with SIGKILL, and its database deleted.");
        say("");
        boolean good = restore(store, null, database, newest);
        good &= restore(store, instant, folder.resolve("earlier.db"), earlier);
        say("");
        say("Look at them: sqlite3 " + database + " 'select count(*) from entry'");
        say(good ? "Nothing was lost." : "THE RESTORED DATABASE DIFFERS: this is a defect of Runnel.");
        return good ? 0 : 1;
    }

    private boolean restore(ObjectStore store, @Nullable Instant instant, Path target, String expected)
            throws IOException {
        Restore restore = Restore.from(store, "", KeyLayout.FILES);
        Instant start = context.clock().instant();
        Restore.Result result = (instant == null ? restore : restore.at(instant)).to(target);
        long millis = Duration.between(start, context.clock().instant()).toMillis();
        SqliteTools.check(target, IntegrityCheck.FULL);
        String found = DemoApplication.summaryOf(target);
        boolean good = found.equals(expected) && result.proved();
        say("Restored " + (instant == null ? "the newest state" : "the state of " + instant) + " in " + millis + " ms: "
                + found);
        say("  TXID " + result.txId() + ", " + result.pages() + " pages from " + result.files() + " files");
        say("  proof: database checksum " + Long.toHexString(result.databaseChecksum()) + " "
                + (result.proved() ? "is the one recorded at capture (verified)" : "could not be compared")
                + ", integrity_check ok, content " + (found.equals(expected) ? "as written" : "DIFFERENT"));
        return good;
    }

    private static @Nullable TxId await(Replication replication) throws IOException, InterruptedException {
        try {
            return replication.sync().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the demo could not store its database: " + e.getMessage(), e);
        }
    }

    /** The first whole millisecond after everything up to now was captured. */
    private Instant nextInstant() {
        Instant instant = context.clock().instant().plusMillis(1).truncatedTo(ChronoUnit.MILLIS);
        while (!context.clock().instant().isAfter(instant)) {
            Thread.onSpinWait();
        }
        return instant;
    }

    private void say(String line) {
        out.println(line);
    }
}
