/**
 * Validated values that every other package speaks in. Knows no I/O.
 */
@NullMarked
package dev.runnel.model;

import org.jspecify.annotations.NullMarked;
