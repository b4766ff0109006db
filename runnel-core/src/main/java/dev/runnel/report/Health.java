package dev.runnel.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether everything is protected: a pure function of the reports, so that whoever asks (a command, an endpoint, a metric)
 * gets the same answer. Never better than the truth: what is not known counts as bad.
 *
 * <p>Healthy is a database all of whose changes are stored, or waiting for less than the limit, and one that does not
 * exist yet and is waited for. Unhealthy is whatever fails, is stopped, locked, has just started, is behind by more than
 * the limit, whose capture does not look any more, or whose newest good
 * verification is too old.
 *
 * @param healthy whether all databases are, and there is one
 * @param databases each of them
 */
public record Health(boolean healthy, List<DatabaseHealth> databases) {

    public Health {
        databases = List.copyOf(databases);
    }

    /**
     * What is tolerated.
     *
     * @param lag how far a replica may be behind; null for three times its sync interval, at least a minute
     */
    public record Limits(@Nullable Duration lag) {

        /** Three sync intervals, at least a minute. */
        public static final Limits DEFAULT = new Limits(null);

        private static final Duration LEAST = Duration.ofSeconds(60);
        private static final int INTERVALS = 3;

        /** The limit for something that acts once in an interval. */
        public Duration of(Duration interval) {
            if (lag != null) {
                return lag;
            }
            Duration several = interval.multipliedBy(INTERVALS);
            return several.compareTo(LEAST) > 0 ? several : LEAST;
        }
    }

    /**
     * A verdict.
     *
     * @param healthy what it comes to
     * @param state how it is doing
     * @param note why it is unhealthy, or what to know all the same; null when all is well
     * @param since since when it is in this state
     * @param lag how long the oldest change has been waiting; zero when none does
     */
    public record Verdict(
            boolean healthy, State state, @Nullable String note, Instant since, Duration lag) {}

    /**
     * One database.
     *
     * @param path the database file
     * @param healthy whether its capture and all its replicas are
     * @param capture its capture
     * @param txId newest transaction captured, 0 for none
     * @param replicas its replicas
     */
    public record DatabaseHealth(
            String path, boolean healthy, Verdict capture, long txId, List<ReplicaHealth> replicas) {

        public DatabaseHealth {
            replicas = List.copyOf(replicas);
        }
    }

    /**
     * One replica.
     *
     * @param name its name
     * @param verdict how it is doing; its lag counts from the change, captured or not, that it does not hold
     * @param txId newest transaction it holds, 0 for none
     * @param transactions captured transactions that it does not hold
     * @param verification its newest proof; null if it is not verified
     * @param lease who may write it
     */
    public record ReplicaHealth(
            String name,
            Verdict verdict,
            long txId,
            long transactions,
            @Nullable Verification verification,
            LeaseStanding lease) {}

    /** The health of databases as of {@code now}. */
    public static Health of(List<DatabaseReport> reports, Limits limits, Instant now) {
        List<DatabaseHealth> databases =
                reports.stream().map(report -> of(report, limits, now)).toList();
        return new Health(!databases.isEmpty() && databases.stream().allMatch(DatabaseHealth::healthy), databases);
    }

    private static DatabaseHealth of(DatabaseReport report, Limits limits, Instant now) {
        Verdict capture = capture(report, limits, now);
        List<ReplicaHealth> replicas = new ArrayList<>();
        for (ReplicaReport replica : report.replicas()) {
            Verdict verdict = replica(report, replica, limits, now);
            replicas.add(new ReplicaHealth(
                    replica.name(),
                    verdict,
                    replica.txId(),
                    replica.lag().transactions(),
                    replica.verification(),
                    replica.lease()));
        }
        boolean healthy = capture.healthy()
                && replicas.stream().allMatch(replica -> replica.verdict().healthy());
        return new DatabaseHealth(report.path(), healthy, capture, report.txId(), replicas);
    }

    private static Verdict capture(DatabaseReport report, Limits limits, Instant now) {
        Duration lag = report.lag().at(now);
        Duration limit = limits.of(report.lag().interval());
        String wrong = wrong(report.state(), report.reason());
        if (wrong == null && report.state() != State.WAITING && lag.compareTo(limit) > 0) {
            wrong = "changes have not been captured for " + words(lag) + " (limit " + words(limit) + ")";
        }
        Instant looked = report.lookedAt();
        if (wrong == null
                && (looked == null
                        || Duration.between(looked, now).compareTo(Limits.DEFAULT.of(report.lookInterval())) > 0)) {
            wrong = "the database was not looked at"
                    + (looked == null ? "" : " for " + words(Duration.between(looked, now)));
        }
        String note = wrong == null ? report.reason() : wrong;
        return new Verdict(wrong == null, report.state(), note, report.since(), lag);
    }

    private static Verdict replica(DatabaseReport report, ReplicaReport replica, Limits limits, Instant now) {
        Duration own = replica.lag().at(now);
        Duration uncaptured = report.lag().at(now);
        Duration lag = own.compareTo(uncaptured) > 0 ? own : uncaptured;
        Duration limit = limits.of(replica.lag().interval());
        boolean waiting = report.state() == State.WAITING;
        String wrong = waiting && replica.state() == State.STARTING ? null : wrong(replica.state(), replica.reason());
        if (wrong == null && lag.compareTo(limit) > 0) {
            long transactions = replica.lag().transactions();
            wrong = "behind by " + words(lag) + " (limit " + words(limit) + ")"
                    + (transactions == 0 ? "" : ", " + transactions + " transactions");
        }
        Verification verification = replica.verification();
        if (wrong == null && verification != null && verification.isOverdue(now)) {
            wrong = "not verified for " + words(verification.age(now)) + " (limit " + words(verification.maxAge())
                    + ")";
        }
        String note = wrong == null ? replica.reason() : wrong;
        if (note == null && verification != null) {
            note = unproved(verification);
        }
        if (note == null && replica.lease().whose() == LeaseStanding.Whose.UNFENCED) {
            note = replica.lease().text();
        }
        return new Verdict(wrong == null, replica.state(), note, replica.since(), lag);
    }

    /** No failure: the files are good one by one, but nobody recorded what they must come to. */
    private static @Nullable String unproved(Verification verification) {
        Verification.Good good = verification.good();
        return good == null || good.proved()
                ? null
                : "unproved: whoever wrote the state that was verified last recorded no checksum of it, as Litestream";
    }

    private static @Nullable String wrong(State state, @Nullable String reason) {
        return switch (state) {
            // Who stands by is judged by its lag: what the other stores is no longer waiting here.
            case OK, BEHIND, WAITING, STANDBY -> null;
            case STARTING -> reason == null ? "starting: nothing is known yet" : "starting: " + reason;
            case FAILING, LOCKED, STOPPED -> reason == null ? "no reason is known" : reason;
        };
    }

    private static String words(Duration duration) {
        return duration.toSeconds() + " s";
    }

    /** What is wrong, one line for each database or replica that is unhealthy; empty when all are healthy. */
    public List<String> complaints() {
        List<String> lines = new ArrayList<>();
        for (DatabaseHealth database : databases) {
            if (!database.capture().healthy()) {
                lines.add(line(database.path(), database.capture()));
            }
            for (ReplicaHealth replica : database.replicas()) {
                // What stops the capture is told once, not again for each replica.
                boolean same = !database.capture().healthy() && sameNote(database.capture(), replica.verdict());
                if (!replica.verdict().healthy() && !same) {
                    lines.add(line(database.path() + " -> " + replica.name(), replica.verdict()));
                }
            }
        }
        if (databases.isEmpty()) {
            lines.add("no database is replicated");
        }
        return lines;
    }

    private static boolean sameNote(Verdict a, Verdict b) {
        return java.util.Objects.equals(a.note(), b.note());
    }

    private static String line(String what, Verdict verdict) {
        String note = verdict.note() == null ? "" : ": " + verdict.note();
        return what + ": " + verdict.state().label() + " since " + seconds(verdict.since()) + note;
    }

    private static Instant seconds(Instant instant) {
        return instant.truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
    }
}
