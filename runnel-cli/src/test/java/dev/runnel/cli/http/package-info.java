@NullMarked
package dev.runnel.cli.http;

import org.jspecify.annotations.NullMarked;
