/** A file system that tells of every change before it is made. */
@NullMarked
package dev.runnel.testkit.files;

import org.jspecify.annotations.NullMarked;
