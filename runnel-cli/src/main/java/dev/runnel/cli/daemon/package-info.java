/**
 * The outside of the daemon: its sockets, what can be asked of it there, health, metrics and the heartbeat; and how another
 * process finds it.
 */
@NullMarked
package dev.runnel.cli.daemon;

import org.jspecify.annotations.NullMarked;
