@NullMarked
package dev.runnel.nats;

import org.jspecify.annotations.NullMarked;
