package dev.runnel.cli.services;

import java.io.IOException;

/** SQLite cannot be used in this process, which says nothing of any database. */
final class NoSqliteException extends IOException {

    private static final long serialVersionUID = 1L;

    NoSqliteException(Exception failure) {
        super(
                "SQLite cannot be used, as its library could not be unpacked into "
                        + System.getProperty("org.sqlite.tmpdir", System.getProperty("java.io.tmpdir"))
                        + " and loaded from there; make room there, or name a directory that allows execution with"
                        + " RUNNEL_JAVA_OPTS=-Djava.io.tmpdir=DIR",
                failure);
    }
}
