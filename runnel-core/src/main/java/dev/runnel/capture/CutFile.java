package dev.runnel.capture;

import dev.runnel.ltx.LtxHeader;
import java.nio.file.Path;

/**
 * An LTX file that a cut or a snapshot has written to the state directory. Complete, but not synced to disk: the state
 * directory is a cache.
 *
 * @param path where it is
 * @param header its header
 * @param size length in bytes
 * @param pages pages in it
 */
public record CutFile(Path path, LtxHeader header, long size, int pages) {}
