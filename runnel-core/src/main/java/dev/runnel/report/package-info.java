/**
 * One immutable status report that metrics, health and commands read.
 */
@NullMarked
package dev.runnel.report;

import org.jspecify.annotations.NullMarked;
