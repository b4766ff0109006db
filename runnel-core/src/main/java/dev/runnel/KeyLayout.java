package dev.runnel;

import dev.runnel.archive.ReplicaLayout;

/** How Litestream names the objects of a replica in a kind of store, so that either reads what the other wrote. */
public enum KeyLayout {
    /** {@code <path>/<%04x level>/<min>-<max>.ltx}: S3 and compatible stores. */
    S3,
    /** {@code <path>/ltx/<level>/<min>-<max>.ltx}: all others. */
    FILES;

    ReplicaLayout at(String path) {
        return this == S3 ? ReplicaLayout.s3(path) : ReplicaLayout.files(path);
    }
}
