/** Plans and makes the files that an application needs to be replicated: pure plans, one applier. */
@NullMarked
package dev.runnel.cli.init;

import org.jspecify.annotations.NullMarked;
