/** Object store in a bucket of NATS JetStream. */
@NullMarked
package dev.runnel.nats;

import org.jspecify.annotations.NullMarked;
