@NullMarked
package dev.runnel.verify;

import org.jspecify.annotations.NullMarked;
