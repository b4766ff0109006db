package dev.runnel.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Variables, durations, paths, and where the file is looked for. */
class ExpansionTest {

    private static final Map<String, String> ENVIRONMENT = Map.of("A", "alpha", "B_2", "beta", "EMPTY", "", "PID", "1");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x$A.y      | xalpha.y",
                "${A}${B_2} | alphabeta",
                "$B_2/$A    | beta/alpha",
                "[$EMPTY]   | []",
                "$PID       | 4711",
                "a$$b       | a$b",
                "$$A        | $A",
                "$$$A       | $alpha",
                "$${A}      | ${A}",
                "cost$      | cost$",
                "a$.b$/c    | a$.b$/c",
                "x#$A       | x#alpha",
            })
    void variables(String text, String expanded) throws Exception {
        RunnelConfig config = Configs.parse("exec: '" + text + "'\n", ENVIRONMENT);

        assertThat(config.service().exec()).isEqualTo(expanded);
    }

    @Test
    void commentsAreLeftAlone() throws Exception {
        RunnelConfig config = Configs.parse("""
                # bucket: $NOT_SET
                exec: "a # $A"   # and ${this
                addr: ':1' # it's $1
                """, ENVIRONMENT);

        assertThat(config.service().exec()).isEqualTo("a # alpha");
        assertThat(config.service().addr()).isEqualTo(":1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "$ALPHA    | variable `ALPHA` is not set",
                "$B2       | variable `B2` is not set (did you mean `B_2`?)",
                "${A:-x}   | `${A:-x}` is not a variable name; defaults and other shell forms are not supported",
                "${}       | `${}` is not a variable name; defaults and other shell forms are not supported",
                "${A       | `${` without `}`; write `$${` for a literal one",
                "pa$1word  | `$1` is not a variable; write `$$1` for a literal dollar sign",
            })
    void whatWouldVanishInLitestreamIsAnError(String text, String message) {
        assertThat(Configs.refusal("\nexec: " + text + "\n", ENVIRONMENT)).startsWith("c.yml:2: " + message);
    }

    @Test
    void expansionCanBeTurnedOff() throws Exception {
        RunnelConfig config =
                new ConfigParser(Configs.PATHS, ENVIRONMENT, () -> 1).parse("c.yml", "exec: $A ${\n", false);

        assertThat(config.service().exec()).isEqualTo("$A ${");
    }

    @Test
    void anEmptyVariableLeavesAKeyUnset() throws Exception {
        RunnelConfig config = Configs.parse(
                "dbs: [{path: a, replica: {type: s3, bucket: b, endpoint: '$EMPTY', region: $EMPTY}}]\n", ENVIRONMENT);

        S3Target target = (S3Target) config.databases().get(0).replicas().get(0).target();
        assertThat(target.settings().endpoint()).isNull();
        assertThat(target.settings().region()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "300ms, PT0.3S",
        "1m30s, PT1M30S",
        "24h, PT24H",
        "1.5h, PT1H30M",
        ".5s, PT0.5S",
        "1h0m0.000000001s, PT1H0.000000001S",
        "-5s, PT-5S",
        "+5s, PT5S",
        "0, PT0S",
        "100, PT0.0000001S",
        "3us, PT0.000003S",
        "3\u00b5s, PT0.000003S",
        "7ns, PT0.000000007S",
    })
    void durations(String text, Duration duration) {
        assertThat(GoDuration.parse(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "s", "1.", "1..5s", "1h1", "five", "9999999999h", "1H", "1 h", "\u0661s"})
    void badDurations(String text) {
        assertThatThrownBy(() -> GoDuration.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("bad duration \"" + text + "\": ");
    }

    @ParameterizedTest
    @CsvSource({
        "~, /home/me",
        "~/x, /home/me/x",
        "~x, /srv/app/~x",
        "a/../b, /srv/app/b",
        "/abs/./x, /abs/x",
        "sqlite:///abs, /abs",
        "sqlite3://rel, /srv/app/rel",
        "sqlite://~/x, /home/me/x",
    })
    void paths(String text, Path path) {
        assertThat(Configs.PATHS.expand(text)).isEqualTo(path);
    }

    @Test
    void theFileIsLookedForWhereTheUserSays() throws Exception {
        Path named = Files.writeString(directory.resolve("named.yml"), "addr: ':1'\n");
        Path runnel = Files.writeString(directory.resolve("runnel.yml"), "addr: ':2'\n");
        Path litestream = Files.writeString(directory.resolve("litestream.yml"), "addr: ':3'\n");
        Path missing = directory.resolve("missing.yml");
        Map<String, String> both =
                Map.of("RUNNEL_CONFIG", runnel.toString(), "LITESTREAM_CONFIG", litestream.toString());

        assertThat(addr(named.toString(), both)).isEqualTo(":1");
        assertThat(addr(null, both)).isEqualTo(":2");
        assertThat(addr(null, Map.of("LITESTREAM_CONFIG", litestream.toString())))
                .isEqualTo(":3");
        assertThat(addr(null, Map.of("RUNNEL_CONFIG", ""), missing, litestream)).isEqualTo(":3");
        assertThatThrownBy(() -> addr(null, Map.of(), missing, missing.resolveSibling("x")))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("config file not found: " + missing);
        assertThatThrownBy(() -> addr(missing.toString(), both))
                .isInstanceOf(ConfigException.class)
                .hasMessage("config file not found: " + missing);
    }

    @Test
    void aFileThatCannotBeReadIsToldPlainly() throws Exception {
        Path latin = directory.resolve("latin.yml");
        Files.write(latin, new byte[] {'a', ':', ' ', (byte) 0xe9});

        assertThatThrownBy(() -> addr(latin.toString(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage("config file is not UTF-8 text: " + latin);
        assertThatThrownBy(() -> addr(directory.toString(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage("config file is a directory: " + directory + "; name the file in it with -config");
    }

    private static String addr(@Nullable String file, Map<String, String> environment, Path... defaults)
            throws ConfigException {
        List<Path> files = defaults.length == 0 ? List.of(Path.of("/nonexistent.yml")) : List.of(defaults);
        return String.valueOf(new ConfigLoader(Configs.PATHS, environment, files)
                .load(file, true)
                .service()
                .addr());
    }
}
