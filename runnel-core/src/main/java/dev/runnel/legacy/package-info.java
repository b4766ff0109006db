/**
 * Replicas of Litestream 0.3: listing, restoring and migrating them. Nothing here writes that format.
 */
@NullMarked
package dev.runnel.legacy;

import org.jspecify.annotations.NullMarked;
