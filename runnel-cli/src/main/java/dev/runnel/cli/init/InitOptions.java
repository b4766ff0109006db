package dev.runnel.cli.init;

import org.jspecify.annotations.Nullable;

/**
 * What the user says beside what the project says.
 *
 * @param image the container image of Runnel
 * @param appRoot absolute path of the application where its databases are replicated; null to find out
 */
public record InitOptions(String image, @Nullable String appRoot) {}
