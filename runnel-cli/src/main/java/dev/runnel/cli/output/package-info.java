/**
 * What commands print: tables, JSON, sizes and times in the forms Litestream's users parse.
 */
@NullMarked
package dev.runnel.cli.output;

import org.jspecify.annotations.NullMarked;
