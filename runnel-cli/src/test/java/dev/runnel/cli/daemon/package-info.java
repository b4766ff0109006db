@NullMarked
package dev.runnel.cli.daemon;

import org.jspecify.annotations.NullMarked;
