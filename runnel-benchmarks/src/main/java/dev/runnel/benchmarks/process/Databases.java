package dev.runnel.benchmarks.process;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Looks into databases that no other process has open. */
public final class Databases {

    private Databases() {}

    /** What is in a restored database, once SQLite has found it sound. */
    public static Application.Content check(Path database) throws IOException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA integrity_check")) {
            String answer = result.next() ? result.getString(1) : "no answer";
            if (!"ok".equals(answer)) {
                throw new IOException(database + " is damaged: " + answer);
            }
            return Application.content(ApplicationMain.content(connection));
        } catch (SQLException e) {
            throw new IOException(database + ": " + e.getMessage(), e);
        }
    }
}
