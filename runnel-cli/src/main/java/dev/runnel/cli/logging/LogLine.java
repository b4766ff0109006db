package dev.runnel.cli.logging;

import java.time.ZonedDateTime;
import java.util.List;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

/**
 * One event, ready to be written.
 *
 * @param time when
 * @param level how severe
 * @param message what, with its arguments filled in
 * @param attributes what it is about, in order
 */
record LogLine(ZonedDateTime time, Level level, String message, List<KeyValuePair> attributes) {}
