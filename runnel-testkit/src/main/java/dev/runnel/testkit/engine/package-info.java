/** The engine on real databases and stores, with time driven by hand. */
@NullMarked
package dev.runnel.testkit.engine;

import org.jspecify.annotations.NullMarked;
