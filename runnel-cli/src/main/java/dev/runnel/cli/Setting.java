package dev.runnel.cli;

/**
 * One effective setting.
 *
 * @param key the key of the configuration file
 * @param value what it is, secrets masked
 * @param from where it comes from: a line of the file, a variable, or {@code default}
 */
record Setting(String key, String value, String from) {}
