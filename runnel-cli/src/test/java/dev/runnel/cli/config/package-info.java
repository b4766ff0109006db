@NullMarked
package dev.runnel.cli.config;

import org.jspecify.annotations.NullMarked;
