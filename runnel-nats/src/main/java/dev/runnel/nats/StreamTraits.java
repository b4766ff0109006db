package dev.runnel.nats;

import io.nats.client.api.ServerInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the settings of a stream mean for a store.
 *
 * @param allowsDirect messages may be got from any of its servers, as they are
 * @param maxMessageBytes limit for one message; 0 or less for none of its own
 * @param comparesAtomically of two writers that expect the same last message of a subject, one gets through
 * @param perils what endangers a replica, in words
 */
record StreamTraits(boolean allowsDirect, long maxMessageBytes, boolean comparesAtomically, List<String> perils) {

    /** Before the stream was asked. */
    static final StreamTraits UNKNOWN = new StreamTraits(false, 0, false, List.of());

    /**
     * From this version on, the servers of a cluster compare and store in one step (issue 4320 of nats-server), and do not
     * take a removal for one of everything when they start (its 2.9.18).
     */
    private static final String RELIABLE_CLUSTER = "2.9.21";

    /** What to do about servers that do not compare atomically. */
    static final String REMEDY = "update them to " + RELIABLE_CLUSTER + " or later, or set `lease: false`";

    /** @param config as the server tells it */
    static StreamTraits of(@Nullable Object config, ServerInfo server) {
        if (!(config instanceof Map<?, ?> map)) {
            return UNKNOWN;
        }
        List<String> perils = new ArrayList<>();
        boolean atomic = number(map.get("num_replicas")) <= 1 || server.isSameOrNewerThanVersion(RELIABLE_CLUSTER);
        if (!atomic) {
            perils.add("the bucket is kept by several servers of version " + server.getVersion() + ", and such clusters"
                    + " may lose a whole bucket when a server starts, and do not keep a second writer out: " + REMEDY);
        }
        if (number(map.get("max_age")) > 0) {
            perils.add("the bucket lets objects expire (TTL), also those that a restore needs; make one without");
        }
        if (!"new".equals(map.get("discard"))) {
            perils.add("when the bucket is full, it drops the oldest messages, and with them parts of objects that a"
                    + " restore needs; set its discard policy to `new`");
        }
        if ("memory".equals(map.get("storage"))) {
            perils.add("the bucket is kept in memory, and gone when its servers restart; make one with storage `file`");
        }
        return new StreamTraits(
                Boolean.TRUE.equals(map.get("allow_direct")),
                number(map.get("max_msg_size")),
                atomic,
                List.copyOf(perils));
    }

    private static long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }
}
