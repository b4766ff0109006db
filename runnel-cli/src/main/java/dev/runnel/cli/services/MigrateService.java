package dev.runnel.cli.services;

import dev.runnel.age.AgeDecryptor;
import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.MigrateRequest;
import dev.runnel.cli.config.AgeKeys;
import dev.runnel.legacy.LegacyMigration;
import dev.runnel.legacy.LegacyReplica;
import dev.runnel.legacy.LegacyRestorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Migrates a replica of Litestream 0.3. */
final class MigrateService {

    private static final Logger LOG = LoggerFactory.getLogger(MigrateService.class);
    private static final int PARALLELISM = 8;
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(250);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);

    private final Stores stores;

    MigrateService(Stores stores) {
        this.stores = stores;
    }

    int migrate(MigrateRequest request) throws IOException, CommandException {
        LegacyReplica source = stores.open(request.source()).legacy();
        AgeKeys keys = request.source().age();
        if (keys.isReadOnly()) {
            LOG.atWarn()
                    .addKeyValue("target", request.target().target().location())
                    .log("what is migrated is not encrypted any more: the old replica has no `age.recipients`");
        }
        ReplicaArchive target = stores.open(
                        keys.isReadOnly() ? request.target() : request.target().with(keys))
                .archive();
        target.load();
        Backoff backoff = new Backoff(
                FIRST_BACKOFF,
                LONGEST_BACKOFF,
                () -> ThreadLocalRandom.current().nextLong());
        LegacyRestorer restorer = new LegacyRestorer(source, AgeDecryptor.of(keys.openedBy()), PARALLELISM, backoff);
        Path directory = Files.createTempDirectory("runnel-migrate-");
        try {
            LegacyMigration.Result result = new LegacyMigration(source, restorer, target, directory).migrate();
            for (String note : result.notes()) {
                LOG.atWarn().addKeyValue("reason", note).log("part of the old replica cannot be used");
            }
            LOG.atInfo()
                    .addKeyValue("source", source.describe())
                    .addKeyValue("target", target.describe())
                    .addKeyValue("states", result.states())
                    .addKeyValue("first", result.first())
                    .addKeyValue("last", result.last())
                    .log("migrated");
            return 0;
        } finally {
            Files.deleteIfExists(directory);
        }
    }
}
