package dev.runnel.cli.services;

import dev.runnel.KeyLayout;
import dev.runnel.ReplicaOptions;
import dev.runnel.age.AgeObjectStore;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.config.AgeKeys;
import dev.runnel.cli.config.AzureTarget;
import dev.runnel.cli.config.FileTarget;
import dev.runnel.cli.config.GcsTarget;
import dev.runnel.cli.config.NatsTarget;
import dev.runnel.cli.config.OssTarget;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.ReplicaTarget;
import dev.runnel.cli.config.S3Target;
import dev.runnel.cli.config.SftpTarget;
import dev.runnel.cli.config.WebDavTarget;
import dev.runnel.cli.daemon.StoreMeter;
import dev.runnel.engine.SystemTime;
import dev.runnel.legacy.LegacyReplica;
import dev.runnel.nats.NatsObjectStore;
import dev.runnel.nats.NatsSettings;
import dev.runnel.s3.S3ObjectStore;
import dev.runnel.s3.WireLog;
import dev.runnel.sftp.SftpObjectStore;
import dev.runnel.sftp.SftpSettings;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.file.FileObjectStore;
import dev.runnel.web.azure.AzureObjectStore;
import dev.runnel.web.gcs.GcsObjectStore;
import dev.runnel.web.webdav.WebDavObjectStore;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Opens the stores of replicas, and closes them at the end. Thread-safe. */
final class Stores implements Closeable {

    private final List<ObjectStore> opened = new ArrayList<>();
    /** By identity: databases of one directory share their settings, and so a client with its connections. */
    private final IdentityHashMap<Object, ObjectStore> clients = new IdentityHashMap<>();

    /** Databases on one server share a connection. */
    private final Map<SftpServer, ObjectStore> sftp = new HashMap<>();

    private final Map<NatsSettings, ObjectStore> nats = new HashMap<>();

    private final StoreMeter meter;
    private final WireLog wire;

    /**
     * @param meter counts what is asked of them
     * @param wire is told of every request to S3
     */
    Stores(StoreMeter meter, WireLog wire) {
        this.meter = meter;
        this.wire = wire;
    }

    private record SftpServer(SftpSettings settings, String root) {}

    /** A store, and where in it a replica is. */
    record Place(ObjectStore store, String path, KeyLayout layout) {

        ReplicaArchive archive() {
            return new ReplicaArchive(
                    store, layout == KeyLayout.S3 ? ReplicaLayout.s3(path) : ReplicaLayout.files(path));
        }

        Place through(UnaryOperator<ObjectStore> filter) {
            return new Place(filter.apply(store), path, layout);
        }

        /** The replica of Litestream 0.3 at this place, if there is one. */
        LegacyReplica legacy() {
            return new LegacyReplica(store, path);
        }

        ReplicaOptions options(String name) {
            return ReplicaOptions.of(name, store, path, layout);
        }
    }

    /** Opens the store of a replica; no request is made. */
    synchronized Place open(ReplicaConfig replica) throws CommandException {
        Place place = open(replica.target());
        AgeKeys keys = replica.age();
        return keys.isEmpty()
                ? place
                : place.through(store -> AgeObjectStore.forReplicas(store, keys.openedBy(), keys.encryptedFor()));
    }

    private Place open(ReplicaTarget target) throws CommandException {
        if (target instanceof FileTarget file) {
            return new Place(remember(new FileObjectStore(file.path()), target.type()), "", KeyLayout.FILES);
        }
        if (target instanceof S3Target s3) {
            ObjectStore client =
                    client(s3.settings(), target, () -> new S3ObjectStore(s3.settings(), new SystemTime(), wire));
            return new Place(client, s3.path(), KeyLayout.S3);
        }
        if (target instanceof OssTarget oss) {
            ObjectStore client =
                    client(oss.settings(), target, () -> new S3ObjectStore(oss.settings(), new SystemTime(), wire));
            return new Place(client, oss.path(), KeyLayout.S3);
        }
        if (target instanceof AzureTarget azure) {
            ObjectStore client =
                    client(azure.settings(), target, () -> new AzureObjectStore(azure.settings(), new SystemTime()));
            return new Place(client, azure.path(), KeyLayout.FILES);
        }
        if (target instanceof GcsTarget gcs) {
            ObjectStore client =
                    client(gcs.settings(), target, () -> new GcsObjectStore(gcs.settings(), new SystemTime()));
            return new Place(client, gcs.path(), KeyLayout.FILES);
        }
        if (target instanceof WebDavTarget dav) {
            ObjectStore client =
                    client(dav.settings(), target, () -> new WebDavObjectStore(dav.settings(), new SystemTime()));
            return new Place(client, dav.path(), KeyLayout.FILES);
        }
        if (target instanceof SftpTarget server) {
            ObjectStore client = sftp.computeIfAbsent(
                    new SftpServer(server.settings(), server.root()),
                    at -> remember(new SftpObjectStore(at.settings(), at.root()), server.type()));
            return new Place(client, server.prefix(), KeyLayout.FILES);
        }
        if (target instanceof NatsTarget bucket) {
            ObjectStore client = nats.computeIfAbsent(
                    bucket.settings(), at -> remember(new NatsObjectStore(at, new SystemTime()), bucket.type()));
            return new Place(client, bucket.path(), KeyLayout.FILES);
        }
        throw new IllegalStateException(target.location() + " has no store");
    }

    private ObjectStore client(Object settings, ReplicaTarget target, Supplier<ObjectStore> maker) {
        return clients.computeIfAbsent(settings, s -> remember(maker.get(), target.type()));
    }

    private ObjectStore remember(ObjectStore store, String type) {
        opened.add(store);
        return meter.metered(store, type);
    }

    @Override
    public synchronized void close() throws IOException {
        for (ObjectStore store : opened) {
            store.close();
        }
    }
}
