/**
 * The LTX file format: streaming encoder and decoder, page index, k-way merge, checksums. Knows no storage, WAL or policy.
 */
@NullMarked
package dev.runnel.ltx;

import org.jspecify.annotations.NullMarked;
