package dev.runnel.verify;

import dev.runnel.capture.PageMap;
import dev.runnel.model.TxId;
import org.jspecify.annotations.Nullable;

/**
 * The checksums of all pages as of a transaction that was verified, so that the next verification reads only what is new.
 *
 * @param txId the transaction
 * @param map must not change any more
 * @param whole the snapshot under it, and when everything from there on was read last; null if that is not known
 */
public record VerifiedState(TxId txId, PageMap map, Receipt.@Nullable Whole whole) {}
