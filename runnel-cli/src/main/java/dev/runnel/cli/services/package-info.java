/** What commands do, on the engine. */
@NullMarked
package dev.runnel.cli.services;

import org.jspecify.annotations.NullMarked;
