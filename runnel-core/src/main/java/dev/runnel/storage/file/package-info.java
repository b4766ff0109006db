/** The store in a directory of a file system. */
@NullMarked
package dev.runnel.storage.file;

import org.jspecify.annotations.NullMarked;
