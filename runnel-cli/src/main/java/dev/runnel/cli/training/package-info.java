/**
 * Makes starts fast: runs the usual commands once, so that the launcher can record a class cache for all of them.
 */
@NullMarked
package dev.runnel.cli.training;

import org.jspecify.annotations.NullMarked;
