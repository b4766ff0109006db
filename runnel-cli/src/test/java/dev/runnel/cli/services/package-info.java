/** Tests of what the commands do with the engine. */
@NullMarked
package dev.runnel.cli.services;

import org.jspecify.annotations.NullMarked;
