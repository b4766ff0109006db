package dev.runnel.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a configuration is refused for, and that the user is told where and what would be right. */
class StrictnessTest {

    private static final String DATABASE = """
            dbs:
              - path: /data/app.db
                replica:
                  url: file:///backup/app
            """;

    /** Errors are copied into logs and issues. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "secret-access-key: *SECRET",
                "secret-access-key: {SECRET: a}",
                "secret-access-key: SECRET: a",
                "heartbeat-url: htps://host/SECRET",
                "heartbeat-url: https://host/SECRET with a blank",
                "dbs: [{path: a.db, replica: {path: 'sftp://user:SECRET@host/x'}}]",
                "dbs: [{path: a.db, replica: {path: 'sftp://user:with@SECRET@host/x'}}]",
                "dbs: [{path: a.db, replica: {url: 'user@host:SECRET@host/x'}}]",
                "dbs: [{path: a.db, replica: {url: 's3://AKIA:SECRET@bucket/x'}}]",
                "dbs: [{path: a.db, replica: {url: 's3://bucket/x?secretAccessKey=SECRET'}}]",
                "dbs: [{path: a.db, replica: {url: 's3://b.x.com:9/x?sseCustomerKey=SECRET'}}]",
                "dbs: [{path: a.db, replica: {url: 's3://b/x?concurrency=x&sseCustomerKey=SECRET'}}]",
                "dbs: [{path: a.db, replica: {url: 'webdavs://user:SECRET@host/x?a=b'}}]",
                "dbs: [{path: a.db, replica: {url: 'webdavs://user:SECRET@host:port/x'}}]",
            })
    void secretsAreNotShown(String line) {
        assertThat(Configs.refusal(line + "\n")).doesNotContain("SECRET");
    }

    @Test
    void unknownKeysComeWithTheNearestOne() {
        assertThat(Configs.refusal(DATABASE + "      sync-intervall: 5s\n"))
                .isEqualTo("c.yml:5: unknown key `sync-intervall` in `replica` (did you mean `sync-interval`?)");
        assertThat(Configs.refusal(DATABASE + "    monitor_interval: 5s\n"))
                .isEqualTo("c.yml:5: unknown key `monitor_interval` in `dbs` (did you mean `monitor-interval`?)");
        assertThat(Configs.refusal(DATABASE + "      forcePathStyle: true\n"))
                .isEqualTo("c.yml:5: unknown key `forcePathStyle` in `replica` (did you mean `force-path-style`?)");
        assertThat(Configs.refusal("databases: []\n"))
                .isEqualTo("c.yml:1: unknown key `databases` in the top of the file");
        assertThat(Configs.refusal("dsb: []\n"))
                .isEqualTo("c.yml:1: unknown key `dsb` in the top of the file (did you mean `dbs`?)");
    }

    @Test
    void keysInTheWrongPlaceComeWithTheRightOne() {
        assertThat(Configs.refusal("path: /data/app.db\n"))
                .isEqualTo(
                        "c.yml:1: unknown key `path` in the top of the file; it belongs in a database (an item of `dbs`)"
                                + " or a replica (`dbs: - replica:`)");
        assertThat(Configs.refusal(DATABASE + "    retention: 24h\n"))
                .startsWith("c.yml:5: unknown key `retention` in `dbs`; it belongs in the replica");
        assertThat(Configs.refusal(DATABASE + "      meta-path: /x\n"))
                .startsWith("c.yml:5: unknown key `meta-path` in `replica`; it belongs in the database");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "l0-retention: 5x      | `l0-retention`: bad duration \"5x\": unknown unit \"x\"; the units are ns, us, ms, s, m and h",
                "l0-retention: 7d      | `l0-retention`: bad duration \"7d\": unknown unit \"d\"; did you mean `168h`?",
                "l0-retention: -1s     | `l0-retention` must not be negative; 0 keeps level 0 for ever",
                "l0-retention: [1]     | `l0-retention` must be a duration, not a list",
                "levels: 30s           | `levels` must be a list, not \"30s\"",
                "levels: [30s]         | each item of `levels` must be a map of keys, not \"30s\"",
                "levels: [{}]          | each of `levels` needs an `interval`",
                "levels: [{interval: 0}] | `interval` must be greater than 0, not 0",
                "snapshot: 24h         | `snapshot` must be a map of keys, not \"24h\"",
                "snapshot: {interval: 0s} | `interval` must be greater than 0, not 0s",
                "retention: 24h        | `retention` must be a map of keys, not \"24h\"",
                "addr: 9090            | `addr` must be host:port, such as 127.0.0.1:9090, not \"9090\"",
                "addr: ':65536'        | `addr` must be host:port, such as 127.0.0.1:9090, not \":65536\"",
                "exec: \"a\\0b\"         | `exec`: must not have a NUL character in it",
                "exec: \"a 'b\"        | `exec`: command with an open ': a 'b",
                "heartbeat-interval: 30s | `heartbeat-interval` must be at least 1m",
                "heartbeat-url: ftp://x | `heartbeat-url` must be an http or https URL, such as https://host/path",
                "shutdown-sync-interval: 0 | `shutdown-sync-interval` must be greater than 0, not 0",
                "logging: {level: wran} | `level`: expected one of trace, debug, info, warn, error, warning, not \"wran\" (did you mean `warn`?)",
                "logging: {stderr: maybe} | `stderr`: expected true or false, not \"maybe\"",
                "socket: {permissions: 0999} | `permissions`: expected a whole number, not \"0999\"",
                "part-size: 1MB        | `part-size`: must be at least 5242880 bytes, not 1MB",
                "part-size: huge       | `part-size`: 'huge' is no size; write bytes, or a number with KB, MB, MiB, GiB",
                "concurrency: 0        | `concurrency`: must be at least 1, not 0",
                "sync-interval: 0s     | `sync-interval` must be greater than 0, not 0s",
                "skip-verify: 2        | `skip-verify`: expected true or false, not \"2\"",
            })
    void valuesThatDoNotFitAreNamed(String line, String message) {
        assertThat(Configs.refusal(line + "\n" + DATABASE)).isEqualTo("c.yml:1: " + message);
    }

    @Test
    void allErrorsAreReportedTogetherInTheOrderOfTheFile() {
        String text = """
                adr: ":9090"
                dbs:
                  - path: /data/app.db
                    monitor-interval: 1 s
                    replica:
                      url: file:///backup/$APP
                      retention: 7d
                      sync-interval: $SYNC
                """;

        assertThat(Configs.refusal(text)).isEqualTo("""
                        5 errors in c.yml
                        c.yml:1: unknown key `adr` in the top of the file (did you mean `addr`?)
                        c.yml:4: `monitor-interval`: bad duration "1 s": unknown unit " s"; the units are ns, us, ms, s, m and h
                        c.yml:6: variable `APP` is not set; set it, write `$$` for a literal dollar sign, or use -no-expand-env
                        c.yml:7: `retention`: bad duration "7d": unknown unit "d"; did you mean `168h`?
                        c.yml:8: variable `SYNC` is not set; set it, write `$$` for a literal dollar sign, or use -no-expand-env""");
    }

    @Test
    void whatIsNoYamlIsToldWithItsLine() {
        assertThat(Configs.refusal("dbs:\n  - path: a\n   bad: b\n")).startsWith("c.yml:3: not YAML: ");
        assertThat(Configs.refusal("dbs: [\n")).startsWith("c.yml:").contains("not YAML: ");
        assertThat(Configs.refusal("a: 1\n---\nb: 2\n")).contains("not YAML: ");
        assertThat(Configs.refusal("- dbs\n")).isEqualTo("c.yml:1: expected a map of keys such as `dbs:` at the top");
        assertThat(Configs.refusal("just text\n"))
                .isEqualTo("c.yml:1: expected a map of keys such as `dbs:` at the top");
        assertThat(Configs.refusal("a: \u0001\n")).startsWith("c.yml: not YAML: ");
    }

    @Test
    void keysThatRepeatAreRefused() {
        assertThat(Configs.refusal(DATABASE + "    path: /data/other.db\n")).isEqualTo("c.yml:5: duplicate key `path`");
    }

    @Test
    void aMergeOfItselfIsRefused() {
        assertThat(Configs.refusal("x-a: &a\n  <<: *a\n<<: *a\n")).contains("refers to itself");
    }

    @Test
    void aDatabaseNeedsAPathAndAReplica() {
        assertThat(Configs.refusal("dbs:\n  - replica: {path: r}\n"))
                .isEqualTo("c.yml:2: a database needs a `path`, or a `dir` of databases");
        assertThat(Configs.refusal("dbs:\n  - path: a.db\n"))
                .isEqualTo("c.yml:2: a database needs a `replica`, or a list of `replicas`");
        assertThat(Configs.refusal("dbs:\n  - path: a.db\n    replicas: []\n"))
                .isEqualTo("c.yml:3: `replicas` is an empty list; a database needs at least one replica");
        assertThat(Configs.refusal(DATABASE + "    replicas: [{path: r}]\n"))
                .isEqualTo("c.yml:3: `replica` and `replicas` exclude each other; put all into `replicas`");
        assertThat(Configs.refusal("dbs:\n  - dir: /data\n    replica: {path: r}\n"))
                .isEqualTo("c.yml:2: a `dir` needs a `pattern` for the names of its databases, such as \"*.db\"");
    }

    @Test
    void oneDatabaseStandsOnce() {
        assertThat(Configs.refusal(DATABASE + "  - path: /data/../data/app.db\n    replica: {path: other}\n"))
                .isEqualTo("c.yml:5: database /data/app.db is already on line 2; put all of its replicas there");
    }

    @Test
    void onePlaceTakesOneReplica() {
        assertThat(Configs.refusal(DATABASE + "  - path: other.db\n    replica: {path: /backup//app/}\n"))
                .isEqualTo("c.yml:6: another replica, on line 4, already writes to file:///backup/app;"
                        + " two writers destroy each other's files");
        assertThat(Configs.refusal("""
                        dbs:
                          - path: a.db
                            replicas:
                              - url: s3://bucket/app/
                              - {type: s3, bucket: bucket, path: /app}
                        """))
                .startsWith("c.yml:5: another replica, on line 4, already writes to s3://bucket/app;");
        assertThat(Configs.refusal("dbs:\n  - path: a.db\n    replica: {path: a.db}\n"))
                .isEqualTo("c.yml:3: replica path /srv/app/a.db is the database itself");
    }

    @Test
    void oneStateDirectoryServesOneDatabase() {
        assertThat(Configs.refusal("""
                        dbs:
                          - {path: a.db, state-dir: s, replica: {path: ra}}
                          - {path: b.db, meta-path: ./s, replica: {path: rb}}
                        """))
                .isEqualTo("c.yml:3: state directory /srv/app/s already belongs to the database on line 2");
    }

    @Test
    void anUnsetVariableCausesNoFurtherErrors() {
        assertThat(Configs.refusal("""
                        dbs:
                          - path: $DB
                            replica:
                              type: $TYPE
                              bucket: $BUCKET
                              sync-interval: $SYNC
                        """, Map.of("SYNC", "1s")).lines())
                .containsExactly(
                        "3 errors in c.yml",
                        "c.yml:2: variable `DB` is not set; set it, write `$$` for a literal dollar sign,"
                                + " or use -no-expand-env",
                        "c.yml:4: variable `TYPE` is not set; set it, write `$$` for a literal dollar sign,"
                                + " or use -no-expand-env",
                        "c.yml:5: variable `BUCKET` is not set; set it, write `$$` for a literal dollar sign,"
                                + " or use -no-expand-env");
    }
}
