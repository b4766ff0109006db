package dev.runnel.cli.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Through the API of SLF4J, as the engine logs. */
class StructuredLoggerTest {

    private static final String START = "time=2026-11-22T16:32:24.120+01:00 level=";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Logger log = LoggerFactory.getLogger("dev.runnel.engine.Some");

    @Test
    void linesAreThoseOfSlog() {
        configure(LogLevel.INFO, false);

        log.info("plain");
        log.info("with {} and {}", 1, "two words");
        log.atWarn()
                .addKeyValue("db", "/a b")
                .addKeyValue("n", 7)
                .addKeyValue("empty", "")
                .addKeyValue("eq", "a=b")
                .addKeyValue("path", "C:\\x")
                .addKeyValue("quote", "a\"b")
                .addKeyValue("none", (Object) null)
                .log("key {}", "values");
        log.debug("unheard");
        log.atDebug().log("unheard");

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .isEqualTo(
                        START + "INFO msg=plain\n" + START
                                + "INFO msg=\"with 1 and two words\"\n" + START
                                + "WARN msg=\"key values\" db=\"/a b\" n=7 empty=\"\" eq=\"a=b\" path=C:\\x quote=\"a\\\"b\" none=null\n");
    }

    @Test
    void jsonKeepsNumbers() {
        configure(LogLevel.INFO, true);

        log.atError()
                .addKeyValue("n", 7)
                .addKeyValue("ok", true)
                .addKeyValue("none", (Object) null)
                .addKeyValue("s", "a\nb")
                .log("what");

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .isEqualTo("{\"time\":\"2026-11-22T16:32:24.120+01:00\",\"level\":\"ERROR\",\"msg\":\"what\","
                        + "\"n\":7,\"ok\":true,\"none\":null,\"s\":\"a\\nb\"}\n");
    }

    @Test
    void anExpectedFailureIsItsMessageAndADefectHasItsStack() {
        configure(LogLevel.INFO, false);

        log.warn("upload failed", new FileNotFoundException("no such key"));
        log.atError().setCause(new IllegalStateException("boom")).log("stopped");

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .startsWith(START + "WARN msg=\"upload failed\" error=\"no such key\"\n" + START
                        + "ERROR msg=stopped error=\"java.lang.IllegalStateException: boom\" stack=\"java.lang.")
                .contains("StructuredLoggerTest")
                .hasLineCount(2);
    }

    @Test
    void librariesSayWhoTheyAreAndAreHeardFromWarnOn() {
        Logger library = LoggerFactory.getLogger("software.library.Client");
        configure(LogLevel.DEBUG, false);
        library.info("chatter");
        library.warn("trouble");
        configure(LogLevel.TRACE, false);
        library.info("chatter");

        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        START + "WARN msg=trouble logger=software.library.Client",
                        START + "INFO msg=chatter logger=software.library.Client");
    }

    private void configure(LogLevel level, boolean json) {
        StructuredLoggerFactory.configure(new LogSettings(
                level,
                json,
                new PrintStream(bytes, true, StandardCharsets.UTF_8),
                Clock.fixed(Instant.parse("2026-11-22T15:32:24.120Z"), ZoneId.of("Europe/Berlin"))));
    }
}
