@NullMarked
package dev.runnel.lease;

import org.jspecify.annotations.NullMarked;
