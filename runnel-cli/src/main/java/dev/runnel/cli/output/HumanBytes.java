package dev.runnel.cli.output;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/** Sizes for people, by 1000: {@code 512 B}, {@code 4.1 kB}, {@code 83 MB}. */
public final class HumanBytes {

    private static final List<String> UNITS = List.of("B", "kB", "MB", "GB", "TB", "PB", "EB");

    private HumanBytes() {}

    /** {@code bytes}, 0 or more: one decimal below ten units, none from there, rounded half up. */
    public static String format(long bytes) {
        if (bytes < 10) {
            return bytes + " B";
        }
        int unit = 0;
        long divisor = 1;
        while (bytes / divisor >= 1000) {
            divisor *= 1000;
            unit++;
        }
        BigDecimal value = new BigDecimal(bytes).divide(new BigDecimal(divisor), 1, RoundingMode.HALF_UP);
        boolean oneDecimal = value.compareTo(BigDecimal.TEN) < 0;
        // The second rounding is to even, as the C library's "%.0f" does it.
        return (oneDecimal ? value : value.setScale(0, RoundingMode.HALF_EVEN)).toPlainString() + " " + UNITS.get(unit);
    }
}
