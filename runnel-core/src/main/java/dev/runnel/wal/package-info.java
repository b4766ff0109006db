/**
 * SQLite's WAL file and WAL-index as pure code over byte sources. Takes no locks and opens no files.
 */
@NullMarked
package dev.runnel.wal;

import org.jspecify.annotations.NullMarked;
