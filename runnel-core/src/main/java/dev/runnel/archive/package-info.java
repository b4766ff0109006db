/**
 * Replicas as levels of LTX files above the storage port: key layouts, manifest, timestamps, back-off.
 */
@NullMarked
package dev.runnel.archive;

import org.jspecify.annotations.NullMarked;
