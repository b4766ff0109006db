/**
 * Proves from a replica alone that it restores: the newest state page by page, receipts of that, and every object of a
 * replica for damage.
 */
@NullMarked
package dev.runnel.verify;

import org.jspecify.annotations.NullMarked;
