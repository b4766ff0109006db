/**
 * The storage port: a flat keyspace of immutable objects, with the in-memory and the file store.
 */
@NullMarked
package dev.runnel.storage;

import org.jspecify.annotations.NullMarked;
