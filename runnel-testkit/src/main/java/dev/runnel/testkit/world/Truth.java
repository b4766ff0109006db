package dev.runnel.testkit.world;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What a database holds, as SQLite itself sees it: a copy of the files, recovered by SQLite into one file.
 *
 * @param image its pages
 * @param verdict integrity and sum of balances
 */
record Truth(Image image, String verdict) {

    /** Nothing is wrong with a database, and it has its accounts. */
    static final String SOUND = "ok|" + Workload.SUM_OF_BALANCES;
    /** Nothing is wrong with a database in which nothing was set up yet. */
    static final String SOUND_AND_BARE = "ok|none";

    /**
     * Takes a copy in a process that has nothing else to do with the database.
     *
     * @param copy where to put it
     */
    static Truth of(Path database, SqliteApplication observer, Path copy) throws IOException {
        observer.ask("copy", database.toString(), copy.toString()).require();
        return settled(observer, copy);
    }

    /** Has SQLite look at a database that nobody uses. */
    static Truth settled(SqliteApplication observer, Path database) throws IOException {
        String verdict = observer.ask("settle", database.toString()).require();
        return new Truth(Image.read(database), verdict);
    }

    boolean isSound() {
        return verdict.equals(SOUND) || verdict.equals(SOUND_AND_BARE);
    }
}
