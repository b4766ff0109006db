package dev.runnel.testkit.storage;

/** Operations of an object store, as counted by {@link TrackingObjectStore} and hit by {@link FaultyObjectStore}. */
public enum StoreOperation {
    PUT,
    OPEN,
    TAIL,
    HEAD,
    LIST,
    DELETE
}
