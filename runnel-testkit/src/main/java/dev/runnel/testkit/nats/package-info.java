/** A NATS server of its own for tests. */
@NullMarked
package dev.runnel.testkit.nats;

import org.jspecify.annotations.NullMarked;
