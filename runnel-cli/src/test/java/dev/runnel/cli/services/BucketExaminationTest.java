package dev.runnel.cli.services;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.cli.Finding;
import dev.runnel.cli.Finding.Severity;
import dev.runnel.cli.config.LevelsConfig;
import dev.runnel.cli.config.ReplicaConfig;
import dev.runnel.cli.config.S3Target;
import dev.runnel.s3.BucketSettings;
import dev.runnel.s3.BucketSettings.Question;
import dev.runnel.s3.BucketSettings.Reason;
import dev.runnel.s3.BucketSettings.Unanswered;
import dev.runnel.s3.LifecycleRule;
import dev.runnel.s3.LifecycleRule.Action;
import dev.runnel.s3.LifecycleRule.Kind;
import dev.runnel.s3.S3Settings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows from the settings of a bucket. */
class BucketExaminationTest {

    private static final LifecycleRule ABORTS =
            new LifecycleRule("", "", List.of(new Action(Kind.ABORTS_UPLOADS, 0, "aborts incomplete uploads")));

    private static List<Finding> judge(BucketSettings settings, @Nullable Duration retention, boolean deletes) {
        S3Target target = new S3Target(S3Settings.builder().bucket("backups").build(), "app");
        ReplicaConfig.Policy policy =
                new ReplicaConfig.Policy(Duration.ofSeconds(1), Duration.ofHours(24), retention, null, null);
        LevelsConfig levels = deletes ? LevelsConfig.DEFAULT : LevelsConfig.DEFAULT.withoutDeletes();
        return new BucketExamination("replica r", target, policy, levels).judge(settings);
    }

    private static BucketSettings with(LifecycleRule... rules) {
        return new BucketSettings(false, List.of(rules), null, List.of());
    }

    private static LifecycleRule rule(String prefix, Kind kind, int days) {
        return new LifecycleRule("r1", prefix, List.of(new Action(kind, days, "does it after " + days + " days")));
    }

    /** Retention and snapshot interval together are needed: 24 h, and 24 h more. */
    @ParameterizedTest
    @CsvSource({
        "app/,     DELETES,  1,    24, true,  PROBLEM",
        "app/,     DELETES,  2,    24, true,  WARNING",
        "app/,     DELETES,  2,    25, true,  PROBLEM",
        "'',       DELETES,  1,    24, true,  PROBLEM",
        "app/0009, DELETES,  1,    24, true,  PROBLEM",
        "app/,     ARCHIVES, 1,    24, true,  PROBLEM",
        "app/,     ARCHIVES, 30,   24, true,  WARNING",
        "apple/,   DELETES,  1,    24, true,  OK",
        "app/,     DELETES,  9999, 0,  true,  PROBLEM",
        "app/,     DELETES,  1,    24, false, WARNING",
        "app/,     DELETES,  0,    24, false, PROBLEM",
        "app/,     DELETES_NONCURRENT, 1, 24, true, OK",
    })
    void aRuleThatDeletesWhatIsNeededIsAProblem(
            String prefix, Kind kind, int days, int retention, boolean deletes, Severity severity) {
        List<Finding> findings = judge(with(ABORTS, rule(prefix, kind, days)), Duration.ofHours(retention), deletes);
        assertThat(findings).extracting(Finding::severity).containsExactly(severity);
        if (severity == Severity.PROBLEM) {
            assertThat(findings.get(0).text())
                    .startsWith("rule \"r1\" of its bucket does it after " + days + " days, while");
            assertThat(findings.get(0).remedy())
                    .isEqualTo("remove the rule, or keep it off app/: Runnel deletes what `retention` no longer needs");
        }
    }

    @Test
    void tellsWhatIsNeeded() {
        assertThat(judge(with(ABORTS, rule("", Kind.DELETES, 1)), Duration.ofHours(720), true))
                .extracting(Finding::text)
                .containsExactly(
                        "rule \"r1\" of its bucket does it after 1 days, while restores need them for 744h0m0s");
        assertThat(judge(with(ABORTS, rule("", Kind.DELETES, 1)), null, true))
                .extracting(Finding::text)
                .containsExactly("rule \"r1\" of its bucket does it after 1 days, while everything is to be kept");
    }

    @Test
    void versionsWithoutAnEndAreAWarning() {
        BucketSettings forEver = new BucketSettings(true, List.of(ABORTS), null, List.of());
        assertThat(judge(forEver, Duration.ofHours(24), true))
                .extracting(Finding::severity)
                .containsExactly(Severity.OK, Severity.WARNING);
        BucketSettings aWhile =
                new BucketSettings(true, List.of(ABORTS, rule("", Kind.DELETES_NONCURRENT, 30)), null, List.of());
        assertThat(judge(aWhile, Duration.ofHours(24), true))
                .extracting(Finding::severity)
                .containsExactly(Severity.OK, Severity.OK);
    }

    @Test
    void lockedObjectsAreToldOf() {
        assertThat(judge(
                        new BucketSettings(false, List.of(ABORTS), "30 days (COMPLIANCE)", List.of()),
                        Duration.ofHours(24),
                        true))
                .extracting(Finding::severity, Finding::text)
                .contains(org.assertj.core.groups.Tuple.tuple(
                        Severity.OK,
                        "its bucket locks every object for 30 days (COMPLIANCE): nobody can destroy it before, and what"
                                + " retention deletes is paid for as long"));
    }

    @Test
    void withoutARuleForBrokenUploadsThereIsANote() {
        assertThat(judge(with(), Duration.ofHours(24), true))
                .extracting(Finding::severity)
                .containsExactly(Severity.OK, Severity.NOTE);
    }

    @Test
    void whatCouldNotBeAskedIsANoteAndNothingIsConcludedFromIt() {
        BucketSettings silent = new BucketSettings(
                true,
                List.of(),
                null,
                List.of(
                        new Unanswered(Question.VERSIONING, Reason.NOT_PERMITTED, "m"),
                        new Unanswered(Question.LIFECYCLE, Reason.NOT_PERMITTED, "m"),
                        new Unanswered(Question.LOCK, Reason.NOT_IMPLEMENTED, "m")));
        assertThat(judge(silent, Duration.ofHours(24), true))
                .extracting(Finding::severity, Finding::text)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                Severity.NOTE,
                                "versioning, life cycle rules of its bucket could not be asked: its key lacks the"
                                        + " permission s3:GetBucketVersioning, s3:GetLifecycleConfiguration"),
                        org.assertj.core.groups.Tuple.tuple(
                                Severity.NOTE, "its service does not tell about object lock"));
    }
}
