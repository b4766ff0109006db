package dev.runnel.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {

    @Test
    void everyKindOfValueIsRead() {
        assertThat(
                        JsonReader.parse(
                                " {\"a\" : [1, -20, 1.5, 1e3, true, false, null, {}, []], \"b\":\"x\\n\\u00e9\\/\\\"\\ud83d\\ude00\"}\n"))
                .isEqualTo(Map.of(
                        "a",
                        Arrays.asList(1L, -20L, 1.5, 1000.0, true, false, null, Map.of(), List.of()),
                        "b",
                        "x\né/\"\ud83d\ude00"));
        assertThat(JsonReader.parse("\"text\"")).isEqualTo("text");
    }

    @Test
    void whatIsQuotedIsReadBack() {
        for (String text :
                List.of("", "name \"q\" \\ \u0001", "\u2028 \u00e9 \ud83d\ude00", "\ud83d alone", "\r\n\t")) {
            StringBuilder quoted = new StringBuilder();
            JsonText.quote(quoted, text);
            assertThat(JsonReader.parse(quoted.toString())).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1,]",
                "{\"a\":}",
                "{a:1}",
                "{\"a\" 1}",
                "nul",
                "01",
                "1.",
                "+1",
                "-",
                ".5",
                "\"\\x\"",
                "\"\\u12\"",
                "\"a\nb\"",
                "\"open",
                "[1] 2",
                "{\"a\":1,}",
                "NaN",
                "'a'"
            })
    void anythingElseIsRefusedWithItsPlace(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonReader.parse(text))
                .withMessageStartingWith("invalid JSON at character ");
    }

    @Test
    void depthIsLimited() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonReader.parse("[".repeat(100_000)))
                .withMessageContaining("too deep");
        assertThatIllegalArgumentException().isThrownBy(() -> JsonReader.object("[]"));
    }
}
