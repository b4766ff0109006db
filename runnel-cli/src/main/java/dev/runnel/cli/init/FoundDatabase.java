package dev.runnel.cli.init;

/**
 * A database to be replicated.
 *
 * @param path where the daemon finds it: absolute, or relative to the project
 * @param replicaPath its place in the bucket
 */
record FoundDatabase(Role role, String path, String replicaPath) {}
