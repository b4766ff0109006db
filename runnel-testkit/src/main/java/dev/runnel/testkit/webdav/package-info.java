/** A WebDAV server for tests. */
@NullMarked
package dev.runnel.testkit.webdav;

import org.jspecify.annotations.NullMarked;
