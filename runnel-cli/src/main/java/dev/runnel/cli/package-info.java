/**
 * The command line: what Litestream's users type, parsed and checked, and handed to {@link dev.runnel.cli.CommandServices}.
 */
@NullMarked
package dev.runnel.cli;

import org.jspecify.annotations.NullMarked;
