package dev.runnel.s3;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 5242880}, {@code 10MB} (a power of 1000), {@code 10MiB} (a power of 1024). */
public final class ByteSize {

    private static final Pattern FORM = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-z]*)");

    private static final Map<String, Long> UNITS = Map.of(
            "", 1L,
            "b", 1L,
            "k", 1000L,
            "m", 1000_000L,
            "g", 1000_000_000L,
            "t", 1000_000_000_000L,
            "ki", 1L << 10,
            "mi", 1L << 20,
            "gi", 1L << 30,
            "ti", 1L << 40);

    private ByteSize() {}

    /**
     * Bytes of a size; a fraction of a byte is dropped. Units are those of Litestream: {@code B}, {@code K(B)},
     * {@code Ki(B)} and so on to {@code T}, in either case.
     *
     * @throws IllegalArgumentException if it is no size or does not fit into 63 bits
     */
    public static long parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (form.matches()) {
            String unit = form.group(2).toLowerCase(Locale.ROOT);
            if (unit.length() > 1 && unit.endsWith("b")) {
                unit = unit.substring(0, unit.length() - 1);
            }
            Long factor = UNITS.get(unit);
            if (factor != null) {
                BigDecimal bytes = new BigDecimal(form.group(1)).multiply(BigDecimal.valueOf(factor));
                if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0) {
                    return bytes.longValue();
                }
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no size; write bytes, or a number with KB, MB, MiB, GiB");
    }
}
