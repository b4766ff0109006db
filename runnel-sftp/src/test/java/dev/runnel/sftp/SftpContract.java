package dev.runnel.sftp;

import dev.runnel.testkit.storage.ObjectStoreContract;
import java.time.Instant;

/** The contract, with what SFTP cannot have. */
abstract class SftpContract extends ObjectStoreContract {

    @Override
    protected boolean isTree() {
        return true;
    }

    @Override
    protected boolean keepsAbsenceOfTimestamp() {
        return false;
    }

    /** Version 3 of the protocol has 32 bits of seconds. */
    @Override
    protected Instant kept(Instant timestamp) {
        return Instant.ofEpochSecond(Math.min(timestamp.getEpochSecond(), Attributes.MODIFIED_MAX));
    }
}
