/** A real S3 server for tests. Who uses it needs {@code org.gaul:s3proxy} on the class path as well. */
@NullMarked
package dev.runnel.testkit.s3;

import org.jspecify.annotations.NullMarked;
