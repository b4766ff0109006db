package dev.runnel.cli.services;

import dev.runnel.archive.LtxFile;
import dev.runnel.archive.Manifest;
import dev.runnel.cli.ReplicaHistory;
import dev.runnel.cli.config.ReplicaTarget;
import dev.runnel.model.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * A replica of LTX files as Litestream 0.3 would list it: one generation, of which the index is the TXID. Where retention
 * has taken the files of single transactions, those that merged them are listed.
 */
final class LtxHistory {

    private static final int GENERATION_BYTES = 8;

    private LtxHistory() {}

    /** The history of {@code manifest}; without generations if it holds nothing. */
    static ReplicaHistory of(ReplicaTarget target, Manifest manifest) {
        if (manifest.isEmpty()) {
            return new ReplicaHistory(List.of(), List.of(), List.of());
        }
        String generation = generation(target);
        Instant start = manifest.all()
                .map(LtxFile::createdAt)
                .min(Comparator.naturalOrder())
                .orElseThrow();
        Instant end = manifest.all()
                .map(LtxFile::createdAt)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        return new ReplicaHistory(
                List.of(new ReplicaHistory.Generation(generation, start, end)),
                manifest.files(Level.SNAPSHOT).stream()
                        .map(file -> new ReplicaHistory.Snapshot(
                                generation, file.max().value(), file.size(), file.createdAt()))
                        .toList(),
                changes(manifest).stream()
                        .map(file -> new ReplicaHistory.Segment(
                                generation, file.max().value(), 0, file.size(), file.createdAt()))
                        .toList());
    }

    /** The same for one place as long as it is not moved: 0.3 drew it by lot for each history. */
    static String generation(ReplicaTarget target) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(target.location().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, GENERATION_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Files of changes, each transaction in the finest file that has it. */
    private static List<LtxFile> changes(Manifest manifest) {
        List<LtxFile> changes = new ArrayList<>();
        long covered = Long.MAX_VALUE;
        for (int level = 0; level < Level.SNAPSHOT.number(); level++) {
            List<LtxFile> files = manifest.files(new Level(level));
            for (int i = files.size() - 1; i >= 0; i--) {
                LtxFile file = files.get(i);
                if (file.min().value() < covered) {
                    changes.add(file);
                    covered = file.min().value();
                }
            }
        }
        changes.sort(Comparator.comparing(LtxFile::max));
        return changes;
    }
}
