package dev.runnel.engine;

import dev.runnel.capture.Capture;
import dev.runnel.capture.Divergence;
import dev.runnel.capture.History;
import dev.runnel.capture.PageMap;
import dev.runnel.capture.PageOne;
import dev.runnel.capture.ReconcileGuard;
import dev.runnel.capture.StateDirectory;
import dev.runnel.model.TimeSource;
import dev.runnel.source.AttachedDatabase;
import dev.runnel.source.SourceUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between a database and the history it is to continue: lets what {@link StartGuard} allows pass, and says of what
 * it does not allow what was found on both sides. Once a file has passed, it is trusted for as long as it is in its place.
 * Confined to the task that captures.
 */
final class Sentry implements ReconcileGuard {

    /** Traces of a file that was not looked at. */
    private static final List<String> UNKNOWN = List.of("unknown");

    private static final Logger LOG = LoggerFactory.getLogger(Sentry.class);
    /** When a refused database may be read again, if it was written to; twice as long after each time, up to a limit. */
    private static final Duration FIRST_PAUSE = Duration.ofMinutes(10);

    private static final Duration LONGEST_PAUSE = Duration.ofDays(1);
    /** A database of at most so many bytes costs next to nothing to read, and is often one that is just being made. */
    private static final long SMALL_BYTES = 1 << 20;

    private static final Duration PAUSE_OF_SMALL = Duration.ofSeconds(30);

    private final Path database;
    private final StateDirectory state;
    private final String firstReplica;
    private final OnDivergence policy;
    private final Deadline nextRead;
    private Origin origin = new Origin(History.none(), null, false, null, null, null);
    private @Nullable String attached;
    private @Nullable String trusted;
    /** Whether something else than SQLite may have written to the file since the position was taken. */
    private boolean displaced;

    private List<String> looked = UNKNOWN;
    private List<String> refusedAs = List.of();
    private Duration pause = FIRST_PAUSE;
    private boolean small;
    private @Nullable DivergedException refusal;

    Sentry(DatabaseSettings settings, StateDirectory state, TimeSource time) {
        this.database = settings.path();
        this.state = state;
        this.firstReplica = settings.replicas().get(0).archive().describe();
        this.policy = settings.onDivergence();
        this.nextRead = new Deadline(time);
    }

    /** From now on, this is the history to continue. */
    void goesOnFrom(Origin newOrigin) {
        origin = newOrigin;
        trusted = null;
        displaced = false;
        refusal = null;
        refusedAs = List.of();
    }

    /** What was captured of the file that is let go now is the history to continue. */
    void letGo(Capture capture) {
        PageOne pageOne = capture.pageOne();
        if (pageOne != null) {
            History history = capture.history();
            String file = capture.database().file();
            origin = new Origin(history, origin.replica(), true, history.txId(), file, pageOne);
            displaced = false;
        }
    }

    /**
     * The guard for a file that was just attached.
     *
     * @param file as {@link AttachedDatabase#file} has it
     */
    ReconcileGuard guard(String file) {
        attached = file;
        try {
            looked = traces();
        } catch (IOException e) {
            looked = UNKNOWN;
        }
        return isTrusted() || origin.history().txId() == null ? ReconcileGuard.NONE : this;
    }

    /** Everything that is in the attached file is captured. */
    void trust() {
        trusted = attached;
    }

    private boolean isTrusted() {
        return trusted != null && trusted.equals(attached);
    }

    /**
     * What was attached is let go, because it is not the database any more, or its WAL is another one.
     *
     * @throws IOException if what is known of it cannot be deleted
     */
    void lost(FilesWatch.Finding found, AttachedDatabase database) throws IOException {
        if (found == FilesWatch.Finding.DATABASE_OTHER) {
            fileLost();
        } else if (found == FilesWatch.Finding.DATABASE_OVERWRITTEN || database.isOverwritten()) {
            // By an application that came and went between two looks, or by somebody else: as after a restart.
            distrust();
            displaced = true;
            state.forgetPosition();
        }
    }

    /** The file was deleted, replaced or emptied. What comes may have its identity, and is another one all the same. */
    void fileLost() throws IOException {
        if (trusted != null || origin.file() != null || !displaced) {
            trusted = null;
            displaced = true;
            origin = origin.forAnotherFile();
            state.forgetFile(); // a restart must not make it the known one again
        }
    }

    /** What is at the path may have been replaced while nobody was attached to it. */
    void distrust() {
        trusted = null;
    }

    /**
     * The history to build on with a file that was just attached: a WAL tells what is new in front of the file it was
     * written for, and of no other one, which SQLite reads together with it all the same.
     *
     * @param file as {@link AttachedDatabase#file} has it
     */
    History historyFor(String file, History history) {
        boolean another = origin.file() != null && !origin.file().equals(file);
        return another || displaced ? history.withoutPosition() : history;
    }

    private StartGuard.Known known() {
        boolean sameFile =
                origin.local() && origin.file() != null && origin.file().equals(attached);
        return new StartGuard.Known(sameFile, origin.pageOne());
    }

    @Override
    public boolean foresees(Divergence soFar) throws IOException {
        if (isTrusted()) {
            return true;
        }
        StartGuard.Known known = known();
        if (!StartGuard.isSettled(policy, known, soFar)) {
            return false;
        }
        require(StartGuard.decide(policy, known, soFar.atMost()), soFar);
        return true;
    }

    @Override
    public void check(Divergence found) throws IOException {
        if (!isTrusted()) {
            require(StartGuard.decide(policy, known(), found), found);
        }
        if (!found.isNone()) {
            LOG.atInfo()
                    .addKeyValue("db", database)
                    .addKeyValue("same_pages", found.same() + " of " + found.knownPages())
                    .addKeyValue("pages", found.pages())
                    .log("going on with the differences between the database and what the replica holds");
        }
    }

    private void require(StartGuard.Verdict verdict, Divergence found) throws IOException {
        if (verdict == StartGuard.Verdict.PROCEED) {
            return;
        }
        String is = switch (verdict) {
            case EMPTY -> " has no tables, and the replica has data";
            case YOUNGER -> " was begun anew, or is another copy: it is no later state of what the replica holds";
            case FOREIGN -> " has other tables than the database in the replica: it seems to be another application's";
            case UNPROVED -> " is not known to continue what the replica holds";
            default -> " is not the database that the replica holds";
        };
        String here = describe(found.pages(), (long) found.pages() * found.pageSize())
                + (found.knownPages() == 0
                        ? ""
                        : (found.unread() > 0 ? ", at most " : ", ")
                                + found.atLeast().same() + " of the " + found.knownPages()
                                + " pages of the replica the same");
        small = (long) found.pages() * found.pageSize() <= SMALL_BYTES;
        throw refuse(is, here);
    }

    /** Why there is no waiting for a file that is absent, or has no bytes; null if there is no reason. */
    @Nullable
    DivergedException whyNotWait(SourceUnavailableException.Reason reason) throws IOException {
        switch (reason) {
            case EMPTY:
                fileLost();
                return isFine(policy == OnDivergence.CONTINUE)
                        ? null
                        : refuse(" is empty, and the replica has data", "0 bytes");
            case ABSENT:
                fileLost();
                return isFine(policy != OnDivergence.FAIL)
                        ? null
                        : refuse(" does not exist, and the replica has data", "absent");
            default:
                return null;
        }
    }

    private boolean isFine(boolean allowed) {
        return allowed || origin.history().txId() == null;
    }

    private DivergedException refuse(String is, String here) throws IOException {
        History history = origin.history();
        String replica = origin.replica() == null ? firstReplica : origin.replica();
        String changed = Files.exists(database)
                ? ", changed "
                        + Instant.ofEpochMilli(
                                Files.getLastModifiedTime(database).toMillis())
                : "";
        String local =
                origin.localTxId() == null ? ", no local state" : ", local state up to TXID " + origin.localTxId();
        return new DivergedException(database + is + ". Database: " + here + changed + local + ". Replica " + replica
                + ": TXID " + history.txId() + " of " + Instant.ofEpochMilli(history.timestampMillis()) + ", "
                + describe(history.map())
                + ". Nothing was written on either side. Choose: (1) take the replica's state: runnel restore -o "
                + database
                + ".restored " + replica
                + " and put it in place; (2) go on with what is there, on top of the history: set"
                + " on-divergence: continue for this database; (3) keep both: give this database another replica path");
    }

    private static String describe(@Nullable PageMap map) {
        return map == null
                ? "which cannot be read"
                : describe(
                        map.pageCount(), (long) map.pageCount() * map.pageSize().bytes());
    }

    static String describe(int pages, long bytes) {
        return pages + (pages == 1 ? " page (" : " pages (") + bytes + " bytes)";
    }

    /** A database was refused: it stays so as {@link #refusal} says. */
    void refused(DivergedException why) throws IOException {
        if (refusal == why) {
            return;
        }
        boolean again = !refusedAs.isEmpty() && refusedAs.get(0).equals(looked.get(0));
        Duration doubled = pause.multipliedBy(2);
        Duration longer = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        pause = again && !small ? longer : FIRST_PAUSE;
        refusal = why;
        refusedAs = looked;
        nextRead.set(small ? PAUSE_OF_SMALL : pause);
    }

    /**
     * The refusal that stands; null when the database may be looked at: at once when it is another file, after some time
     * when it was written to. Nothing else can change what was found, so that a large database is not read in vain.
     */
    @Nullable
    DivergedException refusal() throws IOException {
        if (refusal != null) {
            List<String> now = traces();
            boolean replaced = !now.get(0).equals(refusedAs.get(0));
            if (replaced || (nextRead.hasPassed() && !now.equals(refusedAs))) {
                refusal = null;
            }
        }
        return refusal;
    }

    /** What shows that a database was replaced (the first) or written to: the file, and lengths and times. Opens nothing. */
    private List<String> traces() throws IOException {
        BasicFileAttributes file = attributes(database);
        BasicFileAttributes wal = attributes(database.resolveSibling(database.getFileName() + "-wal"));
        return List.of(file == null ? "absent" : String.valueOf(file.fileKey()), trace(file), trace(wal));
    }

    private static @Nullable BasicFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static String trace(@Nullable BasicFileAttributes file) {
        return file == null ? "absent" : file.size() + " " + file.lastModifiedTime();
    }
}
