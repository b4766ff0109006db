package dev.runnel.cli.services;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The limit of open files, and whether it does. */
class OpenFilesTest {

    @Test
    void theSoftLimitCounts() {
        String limits = """
                Limit                     Soft Limit           Hard Limit           Units
                Max processes             63190                63190                processes
                Max open files            1024                 524288               files
                """;
        assertThat(OpenFiles.limitIn(limits)).hasValue(1024);
    }

    @Test
    void noLimitIsNoNumber() {
        assertThat(OpenFiles.limitIn("Max open files            unlimited            unlimited            files\n"))
                .isEmpty();
        assertThat(OpenFiles.limitIn("")).isEmpty();
    }

    @Test
    void aHundredDatabasesFitTheUsualLimit() {
        assertThat(OpenFiles.need(100)).isLessThan(1024);
    }
}
