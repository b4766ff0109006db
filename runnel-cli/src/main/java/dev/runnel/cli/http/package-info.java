/**
 * HTTP/1.1 as far as the daemon needs it, over Unix-domain sockets and TCP alike: the JDK's server knows only TCP, and brings
 * threads that an idle daemon would pay for.
 */
@NullMarked
package dev.runnel.cli.http;

import org.jspecify.annotations.NullMarked;
