package dev.runnel.cli.config;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory of which every database that fits is replicated, each to a place of its own below the replicas' places.
 *
 * @param files which files
 * @param state where their local state stands
 * @param watch whether databases that come later are taken up, and those that go are let go
 * @param template settings of each database; its path is the directory
 */
public record DirectoryConfig(Files files, State state, boolean watch, DatabaseConfig template) {

    /**
     * Which files.
     *
     * @param directory the directory, absolute and normalised
     * @param pattern what their names match
     * @param recursive whether those in directories below count
     */
    record Files(Path directory, FileNamePattern pattern, boolean recursive) {}

    /**
     * Where local state stands; at most one of the two is given, none for beside each database.
     *
     * @param beside a directory in which the tree of databases is repeated, the state of each where the database would be
     * @param named a directory in which the tree of databases is repeated, the state named as the database
     */
    record State(@Nullable Path beside, @Nullable Path named) {

        private @Nullable Path of(Path relative) {
            String name = String.valueOf(relative.getFileName());
            if (beside != null) {
                return beside.resolve(relative).resolveSibling("." + name + "-litestream");
            }
            return named == null ? null : named.resolve(relative).resolveSibling(name + "-litestream");
        }
    }

    /** The directory. */
    public Path directory() {
        return files.directory();
    }

    /** Whether databases in directories below count. */
    public boolean isRecursive() {
        return files.recursive();
    }

    /** Whether a file of this path belongs to it, whatever it holds. */
    public boolean covers(Path file) {
        if (!file.startsWith(directory()) || file.equals(directory())) {
            return false;
        }
        boolean here = directory().relativize(file).getNameCount() == 1;
        return (here || files.recursive()) && files.pattern().matches(String.valueOf(file.getFileName()));
    }

    /** The configuration of one database; {@code file} is one that it covers. */
    public DatabaseConfig database(Path file) {
        Path relative = directory().relativize(file);
        String below = relative.toString().replace(File.separatorChar, '/');
        List<ReplicaConfig> replicas = template.replicas().stream()
                .map(replica -> replica.at(replica.target().below(below)))
                .toList();
        return new DatabaseConfig(
                file, state.of(relative), template.capture(), template.start(), replicas, template.line());
    }
}
