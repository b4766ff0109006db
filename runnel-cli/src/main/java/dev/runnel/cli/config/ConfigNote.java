package dev.runnel.cli.config;

/**
 * Something in a configuration file that is accepted but does not do what the user may expect; to be logged once when
 * the daemon starts.
 *
 * @param line line in the file, from 1
 * @param key the key it is about
 * @param message why the key has no effect, or what it is taken for
 */
public record ConfigNote(int line, String key, String message) {}
