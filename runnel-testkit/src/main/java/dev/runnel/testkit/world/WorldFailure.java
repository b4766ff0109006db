package dev.runnel.testkit.world;

import org.jspecify.annotations.Nullable;

/** A world in which something is not as it must be. The message tells how to replay it. */
public final class WorldFailure extends AssertionError {

    private static final long serialVersionUID = 1L;

    WorldFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
