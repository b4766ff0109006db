/** A server of Azure Blob Storage for tests. */
@NullMarked
package dev.runnel.testkit.azure;

import org.jspecify.annotations.NullMarked;
