/**
 * A simulated world: real SQLite applications in processes of their own, driven step by step from a seed, beside the code
 * under test with a clock and a scheduler of its own.
 */
@NullMarked
package dev.runnel.testkit.world;

import org.jspecify.annotations.NullMarked;
