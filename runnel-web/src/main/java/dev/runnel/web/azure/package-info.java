/** The store in a container of Azure Blob Storage, over its REST interface. */
@NullMarked
package dev.runnel.web.azure;

import org.jspecify.annotations.NullMarked;
