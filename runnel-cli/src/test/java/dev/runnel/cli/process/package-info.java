/**
 * Real processes: the daemon is a JVM of its own, and so is the application, a {@code sqlite3} shell or another JVM. They
 * are ended by signals, killed, and kept from writing as in production.
 */
@NullMarked
package dev.runnel.cli.process;

import org.jspecify.annotations.NullMarked;
