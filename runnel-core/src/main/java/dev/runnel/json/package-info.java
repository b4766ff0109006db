/**
 * JSON as RFC 8259 has it: what receipts, leases and the daemon's answers are written in.
 */
@NullMarked
package dev.runnel.json;

import org.jspecify.annotations.NullMarked;
