package dev.runnel.cli.logging;

import java.io.PrintStream;
import java.time.Clock;

/**
 * Where log lines go and which.
 *
 * @param level the least severe level that is written
 * @param json one JSON object a line instead of {@code key=value}
 * @param out what lines are written to, each in one piece
 * @param clock gives the time and the zone of the lines
 */
public record LogSettings(LogLevel level, boolean json, PrintStream out, Clock clock) {}
