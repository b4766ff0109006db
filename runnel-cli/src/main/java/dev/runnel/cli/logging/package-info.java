/**
 * Structured log lines: an SLF4J provider that writes what Go's {@code slog} would, so that what reads Litestream's log
 * reads Runnel's.
 */
@NullMarked
package dev.runnel.cli.logging;

import org.jspecify.annotations.NullMarked;
