package dev.runnel.s3;

import dev.runnel.s3.BucketSettings.Question;
import dev.runnel.s3.BucketSettings.Reason;
import dev.runnel.s3.BucketSettings.Unanswered;
import dev.runnel.s3.LifecycleRule.Action;
import dev.runnel.s3.LifecycleRule.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.DefaultRetention;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.LifecycleExpiration;
import software.amazon.awssdk.services.s3.model.LifecycleRuleFilter;
import software.amazon.awssdk.services.s3.model.NoncurrentVersionExpiration;
import software.amazon.awssdk.services.s3.model.ObjectLockConfiguration;
import software.amazon.awssdk.services.s3.model.Transition;

/** Asks a bucket for its {@link BucketSettings}. */
final class BucketQuestions {

    /** Storage classes from which an object must be brought back, for minutes to days, before it can be read. */
    private static final Set<String> ARCHIVES = Set.of("GLACIER", "DEEP_ARCHIVE");

    /** How services say that a bucket has none of what was asked for. */
    private static final Set<String> NOTHING = Set.of(
            "NoSuchLifecycleConfiguration", "ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration");

    private final S3Client client;
    private final String bucket;
    private final S3Errors errors;
    private final List<Unanswered> unanswered = new ArrayList<>();

    BucketQuestions(S3Client client, String bucket, S3Errors errors) {
        this.client = client;
        this.bucket = bucket;
        this.errors = errors;
    }

    BucketSettings ask() {
        BucketVersioningStatus versioning = ask(
                Question.VERSIONING,
                () -> client.getBucketVersioning(r -> r.bucket(bucket)).status());
        List<LifecycleRule> rules = ask(
                Question.LIFECYCLE,
                () -> rules(client.getBucketLifecycleConfiguration(r -> r.bucket(bucket))
                        .rules()));
        String lock = ask(
                Question.LOCK,
                () -> lock(
                        client.getObjectLockConfiguration(r -> r.bucket(bucket)).objectLockConfiguration()));
        return new BucketSettings(
                versioning == BucketVersioningStatus.ENABLED, rules == null ? List.of() : rules, lock, unanswered);
    }

    private <T extends @Nullable Object> @Nullable T ask(Question question, Supplier<T> request) {
        try {
            return request.get();
        } catch (AwsServiceException e) {
            String code = e.awsErrorDetails() == null
                    ? ""
                    : String.valueOf(e.awsErrorDetails().errorCode());
            if (code.equals("NoSuchBucket")) {
                throw e;
            }
            if (!NOTHING.contains(code)) {
                unanswered.add(new Unanswered(question, reason(e.statusCode()), message(question, e)));
            }
        } catch (RuntimeException e) {
            unanswered.add(new Unanswered(question, Reason.FAILED, message(question, e)));
        }
        return null;
    }

    private static Reason reason(int status) {
        return switch (status) {
            case 401, 403 -> Reason.NOT_PERMITTED;
            case 400, 404, 405, 501 -> Reason.NOT_IMPLEMENTED;
            default -> Reason.FAILED;
        };
    }

    private String message(Question question, RuntimeException e) {
        return String.valueOf(errors.map(question.text() + " of bucket " + bucket + " could not be asked", e)
                .getMessage());
    }

    private static List<LifecycleRule> rules(List<software.amazon.awssdk.services.s3.model.LifecycleRule> rules) {
        List<LifecycleRule> applying = new ArrayList<>();
        for (software.amazon.awssdk.services.s3.model.LifecycleRule rule : rules) {
            LifecycleRuleFilter filter = rule.filter();
            if (rule.status() == ExpirationStatus.ENABLED && !asksForTags(filter)) {
                applying.add(new LifecycleRule(
                        rule.id() == null ? "" : rule.id(),
                        prefix(rule.getValueForField("Prefix", String.class).orElse(null), filter),
                        actions(rule)));
            }
        }
        return applying;
    }

    private static boolean asksForTags(@Nullable LifecycleRuleFilter filter) {
        return filter != null
                && (filter.tag() != null
                        || (filter.and() != null && filter.and().hasTags()));
    }

    /** Of a rule of the first version of the protocol, of a filter, or of the conditions that a filter combines. */
    private static String prefix(@Nullable String old, @Nullable LifecycleRuleFilter filter) {
        String prefix = old;
        if (filter != null && filter.prefix() != null) {
            prefix = filter.prefix();
        } else if (filter != null && filter.and() != null) {
            prefix = filter.and().prefix();
        }
        return prefix == null ? "" : prefix;
    }

    private static List<Action> actions(software.amazon.awssdk.services.s3.model.LifecycleRule rule) {
        List<Action> actions = new ArrayList<>();
        LifecycleExpiration expiration = rule.expiration();
        if (expiration != null && expiration.days() != null) {
            actions.add(new Action(Kind.DELETES, expiration.days(), "deletes objects " + after(expiration.days())));
        } else if (expiration != null && expiration.date() != null) {
            actions.add(new Action(Kind.DELETES, 0, "deletes objects on " + expiration.date()));
        }
        for (Transition transition : rule.transitions()) {
            String to = transition.storageClassAsString();
            if (ARCHIVES.contains(String.valueOf(to).toUpperCase(Locale.ROOT))) {
                int days = transition.days() == null ? 0 : transition.days();
                String when = transition.days() == null ? "on " + transition.date() : after(days);
                actions.add(new Action(Kind.ARCHIVES, days, "moves objects to " + to + " " + when));
            }
        }
        NoncurrentVersionExpiration noncurrent = rule.noncurrentVersionExpiration();
        if (noncurrent != null) {
            int days = noncurrent.noncurrentDays() == null ? 0 : noncurrent.noncurrentDays();
            actions.add(new Action(Kind.DELETES_NONCURRENT, days, "deletes noncurrent versions " + after(days)));
        }
        if (rule.abortIncompleteMultipartUpload() != null) {
            actions.add(new Action(Kind.ABORTS_UPLOADS, 0, "aborts incomplete uploads"));
        }
        return actions;
    }

    private static String after(int days) {
        return "after " + days + (days == 1 ? " day" : " days");
    }

    private static @Nullable String lock(@Nullable ObjectLockConfiguration configuration) {
        if (configuration == null
                || configuration.rule() == null
                || configuration.rule().defaultRetention() == null) {
            return null; // objects may be locked one by one, which Runnel does not do
        }
        DefaultRetention retention = configuration.rule().defaultRetention();
        String length = retention.years() != null ? retention.years() + " years" : retention.days() + " days";
        return length + " (" + retention.modeAsString() + ")";
    }
}
