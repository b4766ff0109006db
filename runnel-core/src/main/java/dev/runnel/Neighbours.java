package dev.runnel;

import dev.runnel.archive.ReplicaLayout;
import dev.runnel.engine.DatabaseSettings;
import dev.runnel.engine.ReplicaSettings;
import java.util.Collection;

/** Keeps databases out of each other's way: two writers at one place lose both backups. */
final class Neighbours {

    private Neighbours() {}

    /**
     * Checks that a database can be replicated beside others.
     *
     * @throws IllegalArgumentException if it has the path or the state directory of another one, or one of its replicas
     *     stands where another one does, or inside of it
     */
    static void requireRoom(DatabaseSettings coming, Collection<DatabaseSettings> present) {
        for (DatabaseSettings other : present) {
            if (other.path().equals(coming.path()) || other.stateDirectory().equals(coming.stateDirectory())) {
                throw new IllegalArgumentException(coming.path() + " is replicated already"
                        + (other.path().equals(coming.path())
                                ? ""
                                : ": its state directory " + coming.stateDirectory() + " is that of " + other.path()));
            }
            for (ReplicaSettings theirs : other.replicas()) {
                coming.replicas().forEach(ours -> requireApart(coming, ours, other, theirs));
            }
        }
        for (int i = 0; i < coming.replicas().size(); i++) {
            for (int j = 0; j < i; j++) {
                requireApart(
                        coming,
                        coming.replicas().get(i),
                        coming,
                        coming.replicas().get(j));
            }
        }
    }

    private static void requireApart(
            DatabaseSettings coming, ReplicaSettings ours, DatabaseSettings other, ReplicaSettings theirs) {
        String place = ours.archive().describe();
        if (ReplicaLayout.overlap(place, theirs.archive().describe())) {
            throw new IllegalArgumentException("replica " + place + " of " + coming.path()
                    + " gets in the way of replica " + theirs.archive().describe() + " of " + other.path()
                    + "; give each replica a path of its own");
        }
    }
}
