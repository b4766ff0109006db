package dev.runnel.testkit.storage;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * How often {@link FaultyObjectStore} injects which fault.
 *
 * @param probabilities from 0 to 1 per call (of a listing: per entry); faults not named do not happen
 * @param listingLag how many changes (puts and deleted keys) back a listing may lag; 0 or more
 * @param operations the only ones that are hit
 */
public record FaultPlan(Map<Fault, Double> probabilities, int listingLag, Set<StoreOperation> operations) {

    private static final FaultPlan NONE = builder().build();

    public FaultPlan {
        EnumMap<Fault, Double> copy = new EnumMap<>(Fault.class);
        copy.putAll(probabilities);
        copy.forEach((fault, probability) -> {
            if (!(probability >= 0 && probability <= 1)) {
                throw new IllegalArgumentException("Probability " + probability + " of " + fault);
            }
        });
        if (listingLag < 0) {
            throw new IllegalArgumentException("Listing lag of " + listingLag);
        }
        probabilities = Map.copyOf(copy);
        operations = Set.copyOf(operations);
    }

    /** No faults at all. */
    public static FaultPlan none() {
        return NONE;
    }

    /** Everything that a store within its contract may do to its caller, each with the given probability. */
    public static FaultPlan contractual(double probability) {
        Builder builder = builder();
        for (Fault fault : Fault.values()) {
            if (fault.isContractual()) {
                builder.with(fault, probability);
            }
        }
        return builder.build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** The probability of one fault in one operation. */
    public double of(Fault fault, StoreOperation operation) {
        return operations.contains(operation) ? probabilities.getOrDefault(fault, 0.0) : 0.0;
    }

    /** Collects the parts of a plan. */
    public static final class Builder {

        private final Map<Fault, Double> probabilities = new EnumMap<>(Fault.class);
        private int listingLag;
        private Set<StoreOperation> operations = EnumSet.allOf(StoreOperation.class);

        private Builder() {}

        public Builder with(Fault fault, double probability) {
            probabilities.put(fault, probability);
            return this;
        }

        /** See {@link FaultPlan#listingLag}; needs {@link Fault#LAGGING_LISTING} above 0. */
        public Builder listingLag(int changes) {
            listingLag = changes;
            return this;
        }

        /** Only these are hit; without this call all are. */
        public Builder only(StoreOperation first, StoreOperation... others) {
            operations = EnumSet.of(first, others);
            return this;
        }

        public FaultPlan build() {
            return new FaultPlan(probabilities, listingLag, operations);
        }
    }
}
