package dev.runnel.cli.config;

/** Where a replica stands, with what its store needs to know. */
public sealed interface ReplicaTarget
        permits FileTarget, S3Target, SftpTarget, AzureTarget, GcsTarget, WebDavTarget, OssTarget, NatsTarget {

    /** Litestream's name of the kind of store: {@code file}, {@code s3}, {@code gs}… */
    String type();

    /**
     * A place below this one.
     *
     * @param relative names with slashes between them
     */
    ReplicaTarget below(String relative);

    /** The place in a form in which equal places are equal, without secrets: {@code file:///backup/app}. */
    String location();
}
