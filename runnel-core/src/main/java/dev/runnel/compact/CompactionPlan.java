package dev.runnel.compact;

import dev.runnel.archive.LtxFile;
import dev.runnel.model.Level;
import dev.runnel.model.TxRange;
import java.util.List;

/**
 * Files to merge into one of a higher level.
 *
 * @param target level of the merged file, 1 to 8
 * @param inputs files of the level below, oldest first, without a gap between them; never empty
 */
public record CompactionPlan(Level target, List<LtxFile> inputs) {

    public CompactionPlan {
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty() || target.number() < 1 || target.isSnapshot()) {
            throw new IllegalArgumentException("compaction of " + inputs + " into level " + target);
        }
        for (int i = 1; i < inputs.size(); i++) {
            if (!inputs.get(i).txIds().extendsFrom(inputs.get(i - 1).max())) {
                throw new IllegalArgumentException(inputs.get(i) + " does not follow " + inputs.get(i - 1));
            }
        }
    }

    /** Transactions of the merged file. */
    public TxRange txIds() {
        return new TxRange(inputs.get(0).min(), inputs.get(inputs.size() - 1).max());
    }

    /** Length of all inputs together, in bytes. */
    public long bytes() {
        return inputs.stream().mapToLong(LtxFile::size).sum();
    }

    @Override
    public String toString() {
        return inputs.size() + " files into " + target + "/" + LtxFile.nameOf(txIds());
    }
}
