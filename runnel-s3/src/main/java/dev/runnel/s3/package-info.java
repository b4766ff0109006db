/** Object store for S3 and the services that speak its protocol. */
@NullMarked
package dev.runnel.s3;

import org.jspecify.annotations.NullMarked;
