/**
 * Attachment to a live database: descriptors, record locks, the swap of gate and slot 0, page images.
 */
@NullMarked
package dev.runnel.source;

import org.jspecify.annotations.NullMarked;
