package dev.runnel.cli;

import java.util.List;

/**
 * What to verify.
 *
 * @param replicas which replicas
 * @param full whether to read everything, also what was verified before
 * @param integrityCheck what SQLite checks in a restored copy
 * @param assertions SQL that must give something true in a restored copy
 * @param receipt whether to keep a receipt
 */
public record VerifyRequest(
        List<ReplicaChoice> replicas,
        boolean full,
        RestoreRequest.IntegrityCheck integrityCheck,
        List<String> assertions,
        boolean receipt) {

    public VerifyRequest {
        replicas = List.copyOf(replicas);
        assertions = List.copyOf(assertions);
    }
}
