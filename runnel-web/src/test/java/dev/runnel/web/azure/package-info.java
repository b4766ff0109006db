@NullMarked
package dev.runnel.web.azure;

import org.jspecify.annotations.NullMarked;
