@NullMarked
package dev.runnel.web.http;

import org.jspecify.annotations.NullMarked;
