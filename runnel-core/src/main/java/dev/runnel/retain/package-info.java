/**
 * What may be deleted, and deleting it. Choosing is pure and works on proven coverage; unknown means keep.
 */
@NullMarked
package dev.runnel.retain;

import org.jspecify.annotations.NullMarked;
