/**
 * Wiring and scheduling of databases and replicas.
 */
@NullMarked
package dev.runnel.engine;

import org.jspecify.annotations.NullMarked;
