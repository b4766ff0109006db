@NullMarked
package dev.runnel.cli;

import org.jspecify.annotations.NullMarked;
