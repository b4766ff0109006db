@NullMarked
package dev.runnel.storage.file;

import org.jspecify.annotations.NullMarked;
