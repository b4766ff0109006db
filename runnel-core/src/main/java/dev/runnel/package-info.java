/**
 * Runnel's public API: {@link dev.runnel.Runnel} replicates live SQLite databases, {@link dev.runnel.Restore} gets them
 * back. Packages {@code model}, {@code storage}, {@code report} and {@code ltx} are API as well; the others are not.
 */
@NullMarked
package dev.runnel;

import org.jspecify.annotations.NullMarked;
