package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of Go's flag package. */
class FlagSetTest {

    private final FlagSet flags = new FlagSet("restore")
            .configuration()
            .value("o", "PATH", "File to write.")
            .value("txid", "TXID", "Which state.")
            .toggle("f", "Follow.")
            .toggle("force", "overwrite", "Replace\nwhat is there.")
            .json();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "''                      | {}                          | []",
                "-o x db                 | {o=x}                       | [db]",
                "--o x db                | {o=x}                       | [db]",
                "-o=x db                 | {o=x}                       | [db]",
                "--o=x=y db              | {o=x=y}                     | [db]",
                "-o= db                  | {o=}                        | [db]",
                "-o -f db                | {o=-f}                      | [db]",
                "-o -- db                | {o=--}                      | [db]",
                "-f db                   | {f=true}                    | [db]",
                "-f true                 | {f=true}                    | [true]",
                "-f=true db              | {f=true}                    | [db]",
                "-f=false                | {f=false}                   | []",
                "--force=T -json=0 a b   | {force=true, json=false}    | [a, b]",
                "-o x -o y               | {o=y}                       | []",
                "db -o x                 | {}                          | [db, -o, x]",
                "-f -- -o x              | {f=true}                    | [-o, x]",
                "-f - -o                 | {f=true}                    | [-, -o]",
                "-config a.yml -f db -f  | {config=a.yml, f=true}      | [db, -f]",
            })
    void splits(String line, String values, String positionals) throws Exception {
        FlagSet.Arguments arguments = flags.parse(words(line));

        assertThat(new TreeMap<>(arguments.values()).toString()).isEqualTo(values);
        assertThat(arguments.positionals().toString()).isEqualTo(positionals);
        assertThat(arguments.help()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-x              | flag provided but not defined: -x",
                "--outputt=3     | flag provided but not defined: -outputt",
                "-forse          | flag provided but not defined: -forse (did you mean -force?)",
                "-fo             | flag provided but not defined: -fo",
                "-o              | flag needs an argument: -o",
                "-f -txid        | flag needs an argument: -txid",
                "-f=yes          | invalid boolean value \"yes\" for -f: write -f or -f=false",
                "-f=             | invalid boolean value \"\" for -f: write -f or -f=false",
                "---f            | bad flag syntax: ---f",
                "-=x             | bad flag syntax: -=x",
                "--=x            | bad flag syntax: --=x",
            })
    void refuses(String line, String message) {
        assertThatThrownBy(() -> flags.parse(words(line)))
                .isInstanceOf(CommandException.class)
                .hasMessage(message)
                .extracting(e -> ((CommandException) e).hint())
                .isEqualTo("%s restore -help");
    }

    @ParameterizedTest
    @CsvSource({"-h", "-help", "--help", "-f -h", "-f=true --help x"})
    void helpIsAFlagOfItsOwn(String line) throws Exception {
        assertThat(flags.parse(words(line)).help()).isTrue();
        assertThat(flags.parse(List.of("db", "-h")).help()).isFalse();
    }

    @Test
    void answersAboutFlags() throws Exception {
        FlagSet.Arguments arguments = flags.parse(List.of("-f", "-force=false", "-o", "x", "db", "-json"));

        assertThat(arguments.is("f")).isTrue();
        assertThat(arguments.is("force")).isFalse();
        assertThat(arguments.has("force")).isTrue();
        assertThat(arguments.is("json")).isFalse();
        assertThat(arguments.text("o")).isEqualTo("x");
        assertThat(arguments.text("config")).isNull();
        assertThatThrownBy(() -> arguments.atMost(1))
                .hasMessage("too many arguments: flags come before \"db\", and -json stands after it");
        assertThatThrownBy(() -> new FlagSet.Arguments(Map.of(), List.of("a", "b"), false).atMost(1))
                .hasMessage("too many arguments: \"b\"");
    }

    private static List<String> words(String line) {
        return line.isBlank() ? List.of() : List.of(line.strip().split(" +"));
    }

    @Test
    void aRepeatedFlagKeepsAllItsValuesInOrder() throws Exception {
        FlagSet flags = new FlagSet("verify").repeated("assert", "SQL", "Ask.").configuration();

        FlagSet.Arguments arguments = flags.parse(List.of("-assert", "a", "-assert=b b", "-assert", "", "db"));
        assertThat(arguments.texts("assert")).containsExactly("a", "b b", "");
        assertThat(arguments.texts("config")).isEmpty();
        assertThat(flags.parse(List.of("-config", "a", "-config", "b")).text("config"))
                .isEqualTo("b");
    }

    @Test
    void tellsTheHelpOfEachFlagInTheirOrder() {
        assertThat(flags.help()).isEqualTo("""

                Arguments:

                \t-config PATH
                \t    The configuration file. Default: $RUNNEL_CONFIG, $LITESTREAM_CONFIG,
                \t    /etc/runnel.yml, /etc/litestream.yml

                \t-no-expand-env
                \t    Leave environment variables in the configuration file as they are.

                \t-o PATH
                \t    File to write.

                \t-txid TXID
                \t    Which state.

                \t-f
                \t    Follow.

                \t-force, -overwrite
                \t    Replace
                \t    what is there.

                \t-json
                \t    Print JSON.
                """);
        assertThat(new FlagSet("demo").help()).isEmpty();
        assertThat(new FlagSet("verify").toggleOfDefault("receipt").help()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''             | database path required", //
                "-f             | database path required",
                "a b            | too many arguments: \"b\"",
            })
    void oneArgumentIsNeitherNoneNorTwo(String line, String message) throws Exception {
        assertThat(flags.parse(List.of("-f", "db")).only("database path", "%s x"))
                .isEqualTo("db");
        FlagSet.Arguments arguments = flags.parse(words(line));
        assertThatThrownBy(() -> arguments.only("database path", "%s x")).hasMessage(message);
    }
}
