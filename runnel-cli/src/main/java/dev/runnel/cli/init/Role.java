package dev.runnel.cli.init;

import java.util.List;

/** What a database is for, and so how it is kept. */
enum Role {
    /** Whatever must not be lost. */
    PRIMARY(List.of("sync-interval: 1s", "retention: 720h", "snapshot-interval: 24h", "validation-interval: 12h")),
    /** Can be filled anew, and changes much. */
    CACHE(List.of("sync-interval: 10s", "retention: 24h", "snapshot-interval: 6h")),
    /** Jobs: worth keeping for as long as somebody may look for one. */
    QUEUE(List.of("sync-interval: 1s", "retention: 72h", "snapshot-interval: 24h")),
    /** Messages on their way. */
    CABLE(List.of("sync-interval: 5s", "retention: 24h", "snapshot-interval: 24h"));

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> settings;

    Role(List<String> settings) {
        this.settings = settings;
    }

    /** Lines of a replica in the configuration. */
    List<String> settings() {
        return settings;
    }

    /** The role of a database called {@code name} in database.yml. */
    static Role of(String name) {
        for (Role role : List.of(CACHE, QUEUE, CABLE)) {
            String plain = role.name().toLowerCase(java.util.Locale.ROOT);
            if (name.equals(plain) || name.endsWith("_" + plain)) {
                return role;
            }
        }
        return PRIMARY;
    }
}
