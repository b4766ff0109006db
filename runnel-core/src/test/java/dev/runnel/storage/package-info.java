@NullMarked
package dev.runnel.storage;

import org.jspecify.annotations.NullMarked;
