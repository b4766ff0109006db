/**
 * From a replica to a database: plan, fetch, verify, publish.
 */
@NullMarked
package dev.runnel.restore;

import org.jspecify.annotations.NullMarked;
