/**
 * Rules about the code itself: who may use whom, what may be called where, how long a file may be.
 */
@NullMarked
package dev.runnel.arch;

import org.jspecify.annotations.NullMarked;
