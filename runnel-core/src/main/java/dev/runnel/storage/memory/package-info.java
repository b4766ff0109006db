/** The store in the memory of this process, for tests and trials. */
@NullMarked
package dev.runnel.storage.memory;

import org.jspecify.annotations.NullMarked;
