package dev.runnel.cli.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.runnel.json.JsonReader;
import dev.runnel.model.TimeSource;
import dev.runnel.report.DatabaseReport;
import dev.runnel.report.Health;
import dev.runnel.report.State;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectNotFoundException;
import dev.runnel.storage.ObjectStore;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.memory.MemoryObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

class MetricsTest {

    private static final Path DEPLOY = Path.of("..", "deploy");

    private final StoreMeter meter = new StoreMeter(new Slow());
    private String text;

    /** Every look at the clock is 30 ms after the one before. */
    private static final class Slow implements TimeSource {

        private long nanos;

        @Override
        public Instant now() {
            return Reports.NOW;
        }

        @Override
        public long nanoTime() {
            nanos += 30_000_000;
            return nanos;
        }
    }

    @BeforeEach
    void ask() throws IOException {
        ObjectStore store = meter.metered(new MemoryObjectStore(new dev.runnel.engine.SystemTime()), "s3");
        store.put("a", ObjectBody.of(new byte[100]), PutCondition.ifAbsent(), null);
        store.open("a", 10, 20).close();
        store.readTail("a", 5);
        store.list("", null).close();
        store.delete(List.of("a"));
        assertThatExceptionOfType(ObjectNotFoundException.class).isThrownBy(() -> store.head("a"));
        text = text(Reports.database(State.OK, 0), Reports.neverStored(State.FAILING));
    }

    private String text(DatabaseReport... reports) {
        Instant now = Reports.NOW;
        Health health = Health.of(List.of(reports), Health.Limits.DEFAULT, now);
        return new Metrics(meter, new ProcessGauges(), "1.2.3").text(new Fleet.View(List.of(reports), health, now));
    }

    @Test
    void everyLineIsInPrometheusFormat() {
        Set<String> declared = new TreeSet<>();
        String family = "";
        for (String line : text.split("\n")) {
            if (line.startsWith("# TYPE ")) {
                family = line.split(" ")[2];
                assertThat(declared.add(family)).as("declared once: " + family).isTrue();
                assertThat(line).matches("# TYPE [a-z_]+ (gauge|counter|histogram)");
            } else if (!line.startsWith("# HELP ")) {
                assertThat(line)
                        .matches("[a-z_0-9]+(\\{[a-z_]+=\"([^\"\\\\]|\\\\.)*\"(,[a-z_]+=\"([^\"\\\\]|\\\\.)*\")*})?"
                                + " -?[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?")
                        .startsWith(family);
            }
        }
        assertThat(text).endsWith("\n");
    }

    @Test
    void litestreamsNamesAreThere() {
        String db = "{db=\"/data/\\\"app\\\".db\"} ";
        assertThat(text.split("\n"))
                .contains(
                        "litestream_db_size" + db + "8192",
                        "litestream_wal_size" + db + "4152",
                        "litestream_total_wal_bytes" + db + "77",
                        "litestream_txid" + db + "10",
                        "litestream_sync_count" + db + "5",
                        "litestream_sync_error_count" + db + "1",
                        "litestream_sync_seconds" + db + "2.5",
                        "litestream_checkpoint_count{db=\"/data/\\\"app\\\".db\",mode=\"PASSIVE\"} 6",
                        "litestream_checkpoint_error_count{db=\"/data/\\\"app\\\".db\",mode=\"PASSIVE\"} 1",
                        "litestream_checkpoint_seconds{db=\"/data/\\\"app\\\".db\",mode=\"PASSIVE\"} 1.5",
                        "litestream_replica_validation_total"
                                + "{db=\"/data/\\\"app\\\".db\",name=\"offsite\",status=\"error\"} 2",
                        "litestream_replica_validation_total"
                                + "{db=\"/data/\\\"app\\\".db\",name=\"offsite\",status=\"ok\"} 3",
                        "litestream_replica_wal_bytes{db=\"/data/\\\"app\\\".db\",name=\"offsite\"} 900",
                        "litestream_replica_operation_total{replica_type=\"s3\",operation=\"PUT\"} 1",
                        "litestream_replica_operation_total{replica_type=\"s3\",operation=\"GET\"} 3",
                        "litestream_replica_operation_total{replica_type=\"s3\",operation=\"LIST\"} 1",
                        "litestream_replica_operation_total{replica_type=\"s3\",operation=\"DELETE\"} 1",
                        "litestream_replica_operation_bytes{replica_type=\"s3\",operation=\"PUT\"} 100",
                        "litestream_replica_operation_bytes{replica_type=\"s3\",operation=\"GET\"} 25",
                        "litestream_replica_operation_errors_total"
                                + "{replica_type=\"s3\",operation=\"GET\",code=\"not_found\"} 1");
    }

    /** Each class counts those below it, too: what took 30 ms is not in the first, and in every other. */
    @Test
    void durationsAreAHistogram() {
        String name = "litestream_replica_operation_duration_seconds";
        String get = "{replica_type=\"s3\",operation=\"GET\"";
        assertThat(text.lines().filter(line -> line.startsWith(name) && line.contains("GET")))
                .containsExactly(
                        name + "_bucket" + get + ",le=\"0.01\"} 0",
                        name + "_bucket" + get + ",le=\"0.05\"} 3",
                        name + "_bucket" + get + ",le=\"0.1\"} 3",
                        name + "_bucket" + get + ",le=\"0.5\"} 3",
                        name + "_bucket" + get + ",le=\"1\"} 3",
                        name + "_bucket" + get + ",le=\"5\"} 3",
                        name + "_bucket" + get + ",le=\"10\"} 3",
                        name + "_bucket" + get + ",le=\"30\"} 3",
                        name + "_bucket" + get + ",le=\"60\"} 3",
                        name + "_bucket" + get + ",le=\"+Inf\"} 3",
                        name + "_sum" + get + "} 0.09",
                        name + "_count" + get + "} 3");
    }

    @Test
    void verificationAndLeaseAreThere() {
        String labels = "db=\"/data/\\\"app\\\".db\",replica=\"offsite\"";
        String replica = "{" + labels + "} ";
        assertThat(text.split("\n"))
                .contains(
                        "runnel_replica_lease{" + labels + ",standing=\"held\"} 1",
                        "runnel_replica_lease{" + labels + ",standing=\"standby\"} 0",
                        "runnel_replica_lease{" + labels + ",standing=\"none\"} 0",
                        "runnel_replica_verification_age_seconds" + replica + "3601",
                        "runnel_replica_verification_overdue" + replica + "1",
                        "runnel_replica_verification_failed" + replica + "0",
                        "runnel_replica_verification_failed" + replica + "1",
                        "runnel_replica_verified_txid" + replica + "6",
                        "runnel_replica_verified_proved" + replica + "1",
                        "runnel_replica_verifications_total" + replica + "5",
                        "runnel_replica_verification_failures_total" + replica + "2");
    }

    @Test
    void healthAndLagAreThere() {
        String replica = "{db=\"/data/\\\"app\\\".db\",replica=\"offsite\"} ";
        assertThat(text).contains("\nrunnel_healthy 0\n").contains("runnel_build_info{version=\"1.2.3\"} 1\n");
        assertThat(text.split("\n"))
                .contains(
                        "runnel_replica_lag_seconds" + replica + "90",
                        "runnel_replica_lag_transactions" + replica + "3",
                        "runnel_reconciles_total{db=\"/data/\\\"app\\\".db\",reason=\"counter\"} 4",
                        "runnel_database_state{db=\"/data/\\\"app\\\".db\",state=\"failing\"} 1",
                        "runnel_replica_uploaded_at_timestamp_seconds" + replica
                                + Reports.NOW.minusSeconds(5000).getEpochSecond());
        assertThat(text(Reports.database(State.OK, 0))).contains("\nrunnel_healthy 1\n");
    }

    private Set<String> exported() {
        Set<String> names = new TreeSet<>();
        for (String line : text.split("\n")) {
            if (line.startsWith("# TYPE ")) {
                String name = line.split(" ")[2];
                names.add(name);
                if (line.endsWith(" histogram")) {
                    names.addAll(Set.of(name + "_bucket", name + "_sum", name + "_count"));
                }
            }
        }
        return names;
    }

    /** Every name in the dashboard and in the rules is one that is exported: no panel is empty for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"grafana-dashboard.json", "prometheus-rules.yml"})
    void whatIsDeployedUsesWhatIsExported(String file) throws IOException {
        String content = Files.readString(DEPLOY.resolve(file));
        Object parsed = file.endsWith(".json") ? JsonReader.parse(content) : new Yaml().load(content);
        assertThat(parsed).isInstanceOf(java.util.Map.class);
        Set<String> used = new TreeSet<>();
        Matcher matcher = Pattern.compile("\\b(?:runnel|litestream|process|jvm)_[a-z0-9_]+\\b")
                .matcher(content);
        while (matcher.find()) {
            used.add(matcher.group());
        }
        assertThat(used).hasSizeGreaterThan(4);
        assertThat(exported()).containsAll(used);
    }
}
