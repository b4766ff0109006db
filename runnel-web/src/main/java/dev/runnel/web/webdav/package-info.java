/** The store in a folder of a WebDAV server. */
@NullMarked
package dev.runnel.web.webdav;

import org.jspecify.annotations.NullMarked;
