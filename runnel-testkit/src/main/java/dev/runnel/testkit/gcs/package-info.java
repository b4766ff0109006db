/** A server for tests that speaks as Google Cloud Storage does. */
@NullMarked
package dev.runnel.testkit.gcs;

import org.jspecify.annotations.NullMarked;
