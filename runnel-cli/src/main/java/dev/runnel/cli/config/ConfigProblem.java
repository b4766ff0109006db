package dev.runnel.cli.config;

/**
 * One thing that is wrong with a configuration file.
 *
 * @param line line in the file, from 1; 0 where no line is to blame
 * @param message what is wrong and what would be right
 */
public record ConfigProblem(int line, String message) {}
