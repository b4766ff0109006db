/**
 * The configuration file: Litestream's YAML in its 0.3 and 0.5 spellings, read strictly into immutable records. Knows
 * nothing of the engine or of the stores beyond their settings.
 */
@NullMarked
package dev.runnel.cli.config;

import org.jspecify.annotations.NullMarked;
