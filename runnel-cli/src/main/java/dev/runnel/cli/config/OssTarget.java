package dev.runnel.cli.config;

import dev.runnel.s3.S3Settings;

/**
 * A replica in Alibaba Cloud OSS, which is spoken to as an S3 service; Litestream lays its keys out as in S3.
 *
 * @param settings the bucket and how to reach it
 * @param path prefix of the keys, without slashes around it; may be empty
 */
public record OssTarget(S3Settings settings, String path) implements ReplicaTarget {

    @Override
    public String type() {
        return "oss";
    }

    @Override
    public OssTarget below(String relative) {
        return new OssTarget(settings, path.isEmpty() ? relative : path + "/" + relative);
    }

    @Override
    public String location() {
        return "oss://" + settings.bucket() + (path.isEmpty() ? "" : "/" + path) + "?endpoint=" + settings.endpoint();
    }
}
