package dev.runnel.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutputTest {

    @Test
    void tablesAreThoseOfTabwriter() {
        Table table = new Table("path", "replica", "x");
        table.row("/a/quite/long/path", "s3", "");
        table.row("\u00fc\ud83d\ude00", "", 1);

        assertThat(print(table).lines())
                .containsExactly(
                        "path                replica  x",
                        "/a/quite/long/path  s3       ",
                        "\u00fc\ud83d\ude00                           1");
        assertThat(print(new Table("a", "b"))).isEqualTo("a  b\n");
        assertThatThrownBy(() -> new Table("a").row(1, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "9, 9 B",
        "10, 10 B",
        "999, 999 B",
        "1000, 1.0 kB",
        "1049, 1.0 kB",
        "1050, 1.1 kB",
        "4120, 4.1 kB",
        "9949, 9.9 kB",
        "9950, 10 kB",
        "82854982, 83 MB",
        "999999, 1000 kB",
        "1000000, 1.0 MB",
        "5000000000, 5.0 GB",
        "9223372036854775807, 9.2 EB",
    })
    void sizesAreThoseOfHumanize(long bytes, String text) {
        assertThat(HumanBytes.format(bytes)).isEqualTo(text);
    }

    @Test
    void jsonIsIndentedByTwo() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("text", "a\"b\\c\n\t\r\u0001\u00e9\ud83d\ude00");
        map.put("lone", "\ud83d");
        map.put("number", 12L);
        map.put("flag", true);
        map.put("nothing", null);
        map.put("time", Instant.parse("2026-11-22T15:32:24.999Z"));
        map.put("list", Arrays.asList(1, null, List.of(), Map.of()));

        assertThat(Json.pretty(map)).isEqualTo("""
                {
                  "text": "a\\"b\\\\c\\n\\t\\r\\u0001\u00e9\ud83d\ude00",
                  "lone": "\\ud83d",
                  "number": 12,
                  "flag": true,
                  "nothing": null,
                  "time": "2026-11-22T15:32:24Z",
                  "list": [
                    1,
                    null,
                    [],
                    {}
                  ]
                }""");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T15:32:24Z, 2026-11-22T15:32:24Z",
        "2026-11-22T15:32:24.5Z, 2026-11-22T15:32:24.500Z",
        "2026-11-22T15:32:24.123456789-05:30, 2026-11-22T21:02:24.123456789Z",
    })
    void timesAreRead(String text, Instant instant) {
        assertThat(Rfc3339.parse(text)).isEqualTo(instant);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "now", "2026-11-22", "2026-11-22T15:32:24", "2026-13-22T15:32:24Z"})
    void otherTimesAreRefused(String text) {
        assertThatThrownBy(() -> Rfc3339.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    private static String print(Table table) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        table.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
