/** What tests do to processes that they started. */
@NullMarked
package dev.runnel.testkit.process;

import org.jspecify.annotations.NullMarked;
