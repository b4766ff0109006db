/** HTTP answers from a script, for tests of stores. */
@NullMarked
package dev.runnel.testkit.http;

import org.jspecify.annotations.NullMarked;
