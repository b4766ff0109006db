package dev.runnel.cli.services;

import dev.runnel.archive.ReplicaArchive;
import dev.runnel.cli.CommandException;
import dev.runnel.cli.ReplicaChoice;
import dev.runnel.cli.ScrubRequest;
import dev.runnel.cli.ScrubResult;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.verify.Repairer;
import dev.runnel.verify.ScrubReport;
import dev.runnel.verify.Scrubber;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Scrubs replicas one after another, and repairs them from another one. */
final class ScrubService {

    private static final Logger LOG = LoggerFactory.getLogger(ScrubService.class);

    private final Stores stores;

    ScrubService(Stores stores) {
        this.stores = stores;
    }

    List<ScrubResult> scrub(ScrubRequest request) throws CommandException, IOException {
        List<ScrubResult> results = new ArrayList<>();
        for (ReplicaChoice choice : request.replicas()) {
            ReplicaArchive archive = stores.open(choice.replica()).archive();
            ReplicaConfig from = request.repairFrom();
            ReplicaArchive source = from == null ? null : stores.open(from).archive();
            ScrubReport report;
            Scrubber scrubber = scrubber(archive);
            try {
                report = scrubber.scrub();
            } catch (IOException e) {
                results.add(new ScrubResult(
                        choice, null, List.of(), null, e.getMessage() == null ? e.toString() : e.getMessage()));
                continue;
            }
            if (source == null || report.isWhole()) {
                results.add(new ScrubResult(choice, report, List.of(), null, null));
                continue;
            }
            source.load();
            List<Repairer.Result> repairs = new Repairer(archive, source, scrubber).repair(report.damages());
            results.add(
                    new ScrubResult(choice, report, repairs, scrubber(archive).scrub(), null));
        }
        return results;
    }

    private static Scrubber scrubber(ReplicaArchive archive) {
        return new Scrubber(archive, key -> LOG.debug("reading {}", key));
    }
}
