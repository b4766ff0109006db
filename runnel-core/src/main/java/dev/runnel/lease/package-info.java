/**
 * Who may write a replica: the lease with its epochs, as an object beside the files.
 */
@NullMarked
package dev.runnel.lease;

import org.jspecify.annotations.NullMarked;
