/** The processes that a benchmark is made of, and how they are measured. */
@NullMarked
package dev.runnel.benchmarks.process;

import org.jspecify.annotations.NullMarked;
