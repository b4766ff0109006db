/** HTTP for stores: requests, answers, bodies in both directions, and what their failures mean. */
@NullMarked
package dev.runnel.web.http;

import org.jspecify.annotations.NullMarked;
