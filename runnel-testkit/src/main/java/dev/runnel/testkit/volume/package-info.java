/** File systems that fill up. */
@NullMarked
package dev.runnel.testkit.volume;

import org.jspecify.annotations.NullMarked;
