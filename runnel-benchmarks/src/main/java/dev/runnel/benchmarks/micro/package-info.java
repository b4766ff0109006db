/** Micro benchmarks, run by JMH. */
@NullMarked
package dev.runnel.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
