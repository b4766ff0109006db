package dev.runnel.lease;

import dev.runnel.model.TimeSource;
import dev.runnel.storage.FilterObjectStore;
import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Time, clocks that disagree about it, and writers that live by them. */
final class Writers {

    private Writers() {}

    /** Time as it is. */
    static final class TrueTime implements TimeSource {

        private long nanos;

        void pass(Duration duration) {
            nanos += duration.toNanos();
        }

        @Override
        public Instant now() {
            return Instant.parse("2026-01-01T00:00:00Z").plusNanos(nanos);
        }

        @Override
        public long nanoTime() {
            return nanos;
        }
    }

    /** A clock that is wrong by an offset, and runs at another speed. */
    static final class Clock implements TimeSource {

        private final TimeSource truth;
        private final double speed;
        private final long origin;
        private Duration offset;

        Clock(TimeSource truth, Duration offset, double speed) {
            this.truth = truth;
            this.offset = offset;
            this.speed = speed;
            this.origin = offset.toNanos() / 3;
        }

        /** The wall clock alone jumps. */
        void jump(Duration by) {
            offset = offset.plus(by);
        }

        @Override
        public Instant now() {
            return truth.now().plus(offset);
        }

        @Override
        public long nanoTime() {
            return origin + (long) (truth.nanoTime() * speed);
        }
    }

    /** Who asks. */
    record Holder(String name, String session, Set<String> predecessors, String database) implements LeaseHolder {

        static Holder of(String name) {
            return new Holder(name + ":1", name, Set.of(), "app.db#1");
        }

        Holder withDatabase(String other) {
            return new Holder(name, session, predecessors, other);
        }

        Holder after(String predecessor) {
            return new Holder(name, session, Set.of(predecessor), database);
        }
    }

    /** A store between which and its caller replies are lost, or requests doubled, once. */
    static final class BadNetwork extends FilterObjectStore {

        private boolean losesReply;
        private boolean doublesRequest;
        private int puts;
        private int looks;
        private Runnable meanwhile = () -> {};

        BadNetwork(ObjectStore delegate) {
            super(delegate);
        }

        void loseReply() {
            losesReply = true;
        }

        void doubleRequest() {
            doublesRequest = true;
        }

        /** Runs before and after each put. */
        void meanwhile(Runnable action) {
            meanwhile = action;
        }

        int puts() {
            return puts;
        }

        int looks() {
            return looks;
        }

        @Override
        public ObjectEntry head(String key) throws IOException {
            looks++;
            return super.head(key);
        }

        @Override
        public ObjectEntry put(String key, ObjectBody body, PutCondition condition, @Nullable Instant timestamp)
                throws IOException {
            puts++;
            meanwhile.run();
            ObjectEntry entry = super.put(key, body, condition, timestamp);
            meanwhile.run();
            if (losesReply) {
                losesReply = false;
                throw new IndeterminateWriteException(key + ": reply lost");
            }
            if (doublesRequest) {
                doublesRequest = false;
                throw new PreconditionFailedException(key + ": 412 for our own write");
            }
            return entry;
        }
    }
}
