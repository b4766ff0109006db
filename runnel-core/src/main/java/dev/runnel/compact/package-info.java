/**
 * Merging the files of one level into the next.
 */
@NullMarked
package dev.runnel.compact;

import org.jspecify.annotations.NullMarked;
