@NullMarked
package dev.runnel.cli.logging;

import org.jspecify.annotations.NullMarked;
