/** The store in a bucket of Google Cloud Storage, over its XML interface. */
@NullMarked
package dev.runnel.web.gcs;

import org.jspecify.annotations.NullMarked;
