@NullMarked
package dev.runnel.s3;

import org.jspecify.annotations.NullMarked;
