package dev.runnel.cli.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;

/** Durations as Go writes them: {@code 300ms}, {@code 1m30s}, {@code 24h}; a bare integer counts nanoseconds. */
public final class GoDuration {

    private static final long MICRO = 1_000;
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final Map<String, Long> NANOS_OF_UNIT = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "\u00b5s", 1_000L,
            "\u03bcs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);

    private static final Map<String, Integer> HOURS_OF_FOREIGN_UNIT = Map.of("d", 24, "day", 24, "days", 24, "w", 168);

    private GoDuration() {}

    /**
     * Parses a duration.
     *
     * @throws IllegalArgumentException whose message names the text and what is wrong with it
     */
    public static Duration parse(String text) {
        String body = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        boolean negative = text.startsWith("-");
        if (body.isEmpty()) {
            throw invalid(text, "expected a number and a unit, such as 300ms, 1m30s or 24h");
        }
        BigDecimal nanos = isDigits(body) ? new BigDecimal(body) : sumOfTerms(text, body);
        if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw invalid(text, "longer than 292 years");
        }
        long value = nanos.setScale(0, RoundingMode.DOWN).longValueExact();
        return Duration.ofNanos(negative ? -value : value);
    }

    /** As Go writes it: {@code 1h0m0s}, {@code 1m30s}, {@code 1.5s}, {@code 300ms}, {@code 0s}. */
    public static String format(Duration duration) {
        long nanos = Math.abs(duration.toNanos());
        String sign = duration.isNegative() ? "-" : "";
        if (nanos == 0) {
            return "0s";
        }
        if (nanos < MICRO) {
            return sign + nanos + "ns";
        }
        if (nanos < MILLI) {
            return sign + decimal(nanos, MICRO) + "\u00b5s";
        }
        if (nanos < SECOND) {
            return sign + decimal(nanos, MILLI) + "ms";
        }
        long hours = nanos / HOUR;
        long minutes = nanos / MINUTE % 60;
        String seconds = decimal(nanos % MINUTE, SECOND) + "s";
        if (hours > 0) {
            return sign + hours + "h" + minutes + "m" + seconds;
        }
        return sign + (minutes > 0 ? minutes + "m" : "") + seconds;
    }

    private static String decimal(long value, long unit) {
        return value == 0
                ? "0"
                : new BigDecimal(value)
                        .divide(new BigDecimal(unit))
                        .stripTrailingZeros()
                        .toPlainString();
    }

    /** Whether {@code text} is an integer without a unit, which Go takes for nanoseconds. */
    static boolean isBareInteger(String text) {
        return isDigits(text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text);
    }

    private static BigDecimal sumOfTerms(String text, String body) {
        BigDecimal nanos = BigDecimal.ZERO;
        int at = 0;
        while (at < body.length()) {
            int unitStart = at;
            while (unitStart < body.length() && isNumeric(body.charAt(unitStart))) {
                unitStart++;
            }
            int end = unitStart;
            while (end < body.length() && !isNumeric(body.charAt(end))) {
                end++;
            }
            BigDecimal number = number(text, body.substring(at, unitStart));
            String unit = body.substring(unitStart, end);
            nanos = nanos.add(number.multiply(BigDecimal.valueOf(nanosOf(text, number, unit))));
            at = end;
        }
        return nanos;
    }

    private static BigDecimal number(String text, String digits) {
        if (digits.isEmpty() || digits.equals(".") || digits.indexOf('.') != digits.lastIndexOf('.')) {
            throw invalid(text, "expected a number before each unit, such as 300ms, 1m30s or 24h");
        }
        return new BigDecimal(digits.startsWith(".") ? "0" + digits : digits);
    }

    private static long nanosOf(String text, BigDecimal number, String unit) {
        Long nanos = NANOS_OF_UNIT.get(unit);
        if (nanos != null) {
            return nanos;
        }
        if (unit.isEmpty()) {
            throw invalid(text, "missing unit");
        }
        Integer hours = HOURS_OF_FOREIGN_UNIT.get(unit.strip());
        String hint = hours == null
                ? "the units are ns, us, ms, s, m and h"
                : "did you mean `"
                        + number.multiply(BigDecimal.valueOf(hours))
                                .stripTrailingZeros()
                                .toPlainString() + "h`?";
        throw invalid(text, "unknown unit \"" + unit + "\"; " + hint);
    }

    private static boolean isDigits(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isNumeric(char c) {
        return c == '.' || (c >= '0' && c <= '9');
    }

    private static IllegalArgumentException invalid(String text, String reason) {
        return new IllegalArgumentException("bad duration \"" + text + "\": " + reason);
    }
}
