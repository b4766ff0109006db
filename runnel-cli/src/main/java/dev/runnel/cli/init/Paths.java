package dev.runnel.cli.init;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Paths and URLs of databases, as text: they may be of another machine. */
final class Paths {

    private Paths() {}

    /** A path without dots and doubled slashes. */
    static String clean(String path) {
        return Path.of(path).normalize().toString();
    }

    /** {@code path}, seen from {@code root} if it is relative. */
    static String under(String root, String path) {
        return clean(path.startsWith("/") ? path : root + "/" + path);
    }

    /** The file of a path or URL of SQLite; null for a database in memory. */
    static @Nullable String ofSqlite(String text) {
        String path = text;
        if (path.startsWith("jdbc:")) {
            path = path.substring(5);
        }
        boolean url = path.matches("(sqlite3?|file):.*");
        path = path.replaceFirst("^sqlite3?:", "");
        boolean uri = path.startsWith("file:");
        path = path.replaceFirst("^file:", "");
        if (url || uri) {
            int query = path.indexOf('?');
            if (query >= 0) {
                if (path.substring(query).contains("mode=memory")) {
                    return null;
                }
                path = path.substring(0, query);
            }
            path = path.replaceFirst("^//(?=/)", "").replaceFirst("^//+", "/");
        }
        return path.isBlank() || path.equals(":memory:") || path.startsWith(":") ? null : path;
    }
}
