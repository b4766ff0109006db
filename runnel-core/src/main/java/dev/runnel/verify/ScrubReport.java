package dev.runnel.verify;

import java.util.List;

/**
 * What a scrub found.
 *
 * @param replica where it is
 * @param objects objects that were read
 * @param bytes their length
 * @param unproved files whose pages could not be compared with a proof, because their writer recorded none or what comes
 *     before them is lost; their own checksum was right
 * @param damages what is not as it must be
 * @param restorable points in time that can be restored from what is good
 * @param lost points in time that cannot be restored, and could if everything were whole
 */
public record ScrubReport(
        String replica,
        int objects,
        long bytes,
        int unproved,
        List<Damage> damages,
        List<Points> restorable,
        List<Points> lost) {

    public ScrubReport {
        damages = List.copyOf(damages);
        restorable = List.copyOf(restorable);
        lost = List.copyOf(lost);
    }

    /** Whether nothing is damaged or missing. */
    public boolean isWhole() {
        return damages.isEmpty();
    }
}
