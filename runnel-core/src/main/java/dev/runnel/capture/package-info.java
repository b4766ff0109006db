/**
 * From frames to LTX files: continuity, changed pages, cuts, long reads, the page map.
 */
@NullMarked
package dev.runnel.capture;

import org.jspecify.annotations.NullMarked;
