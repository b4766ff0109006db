@NullMarked
package dev.runnel.cli.output;

import org.jspecify.annotations.NullMarked;
