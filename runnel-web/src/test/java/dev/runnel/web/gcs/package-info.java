@NullMarked
package dev.runnel.web.gcs;

import org.jspecify.annotations.NullMarked;
