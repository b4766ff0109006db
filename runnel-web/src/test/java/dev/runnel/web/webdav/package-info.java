@NullMarked
package dev.runnel.web.webdav;

import org.jspecify.annotations.NullMarked;
