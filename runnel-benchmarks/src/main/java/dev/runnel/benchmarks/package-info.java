/** Benchmarks: of whole processes measured from outside, and of the inner loops. */
@NullMarked
package dev.runnel.benchmarks;

import org.jspecify.annotations.NullMarked;
