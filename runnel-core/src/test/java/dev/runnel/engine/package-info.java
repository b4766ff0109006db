/** Tests of the engine's parts that decide. */
@NullMarked
package dev.runnel.engine;

import org.jspecify.annotations.NullMarked;
