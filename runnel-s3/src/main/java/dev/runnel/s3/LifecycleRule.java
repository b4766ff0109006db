package dev.runnel.s3;

import java.util.List;

/**
 * An enabled life cycle rule of a bucket that applies to objects without tags.
 *
 * @param name as the bucket has it; empty if it has none
 * @param prefix what keys it applies to begin with; empty for all
 * @param actions what it does
 */
public record LifecycleRule(String name, String prefix, List<Action> actions) {

    public LifecycleRule {
        actions = List.copyOf(actions);
    }

    /**
     * One thing that a rule does.
     *
     * @param kind what it does
     * @param days after how many days; 0 for a fixed date or for noncurrent versions of which a number is kept
     * @param text the same in words, such as {@code deletes objects after 7 days}
     */
    public record Action(Kind kind, int days, String text) {}

    /** What a rule can do. */
    public enum Kind {
        /** Deletes objects by their age. */
        DELETES,
        /** Moves objects by their age to where they cannot be read at once. */
        ARCHIVES,
        /** Deletes versions that were deleted or overwritten. */
        DELETES_NONCURRENT,
        /** Removes the parts of uploads that were never completed. */
        ABORTS_UPLOADS
    }

    /** Whether it applies to an object whose key begins with {@code keys}, or to all of them. */
    public boolean touches(String keys) {
        return keys.startsWith(prefix) || prefix.startsWith(keys);
    }

    /** Whether it applies to every object whose key begins with {@code keys}. */
    public boolean covers(String keys) {
        return keys.startsWith(prefix);
    }

    /** Whether it does a thing. */
    public boolean does(Kind kind) {
        return actions.stream().anyMatch(action -> action.kind() == kind);
    }
}
