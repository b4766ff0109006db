package dev.runnel.cli.services;

import dev.runnel.cli.Finding;
import dev.runnel.cli.config.GoDuration;
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
import dev.runnel.s3.WireLog;
import dev.runnel.storage.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Looks at what the bucket of a replica does by itself: rules that delete what a restore needs, versions, locks. */
final class BucketExamination {

    private static final String LOOK = "see for yourself that no rule deletes or archives objects by their age";

    private final String subject;
    private final S3Target target;
    private final ReplicaConfig.Policy policy;
    private final LevelsConfig levels;
    private final List<Finding> findings = new ArrayList<>();

    /** @param subject what the findings are about */
    BucketExamination(String subject, S3Target target, ReplicaConfig.Policy policy, LevelsConfig levels) {
        this.subject = subject;
        this.target = target;
        this.policy = policy;
        this.levels = levels;
    }

    /** @param wire is told of every request and answer */
    List<Finding> run(WireLog wire) {
        try {
            return judge(BucketSettings.read(target.settings(), wire));
        } catch (StorageException e) {
            return List.of(Finding.note(subject, String.valueOf(e.getMessage()), LOOK));
        }
    }

    /** What follows from the settings of the bucket. Makes no request. */
    List<Finding> judge(BucketSettings bucket) {
        boolean knowsRules = bucket.unanswered().stream().noneMatch(one -> one.question() == Question.LIFECYCLE);
        unanswered(bucket.unanswered());
        if (knowsRules) {
            rules(bucket.lifecycle());
        }
        if (bucket.versioned()) {
            versions(bucket.lifecycle(), knowsRules);
        }
        if (bucket.lock() != null) {
            findings.add(Finding.ok(
                    subject,
                    "its bucket locks every object for " + bucket.lock()
                            + ": nobody can destroy it before, and what retention deletes is paid for as long"));
        }
        if (knowsRules && !covers(bucket.lifecycle(), Kind.ABORTS_UPLOADS)) {
            findings.add(Finding.note(
                    subject,
                    "no rule of its bucket removes parts of uploads that a machine began and never completed",
                    "add a life cycle rule that aborts incomplete multipart uploads after a few days"));
        }
        return findings;
    }

    private void rules(List<LifecycleRule> rules) {
        int before = findings.size();
        for (LifecycleRule rule : rules) {
            if (rule.touches(keys())) {
                rule.actions().stream()
                        .filter(action -> action.kind() == Kind.DELETES || action.kind() == Kind.ARCHIVES)
                        .forEach(action -> byAge(rule, action));
            }
        }
        if (findings.size() == before) {
            findings.add(Finding.ok(subject, "no rule of its bucket deletes or archives objects by their age"));
        }
    }

    private void byAge(LifecycleRule rule, Action action) {
        String what = "rule \"" + rule.name() + "\" of its bucket " + action.text();
        String remedy = "remove the rule, or keep it off " + (keys().isEmpty() ? "this bucket" : keys())
                + ": Runnel deletes what `retention` no longer needs";
        Duration needed = needed();
        if (needed == null) {
            findings.add(Finding.problem(subject, what + ", while everything is to be kept", remedy));
        } else if (Duration.ofDays(action.days()).compareTo(needed) < 0) {
            findings.add(Finding.problem(
                    subject, what + ", while restores need them for " + GoDuration.format(needed), remedy));
        } else {
            findings.add(Finding.warning(
                    subject,
                    what + ": of a database that nobody writes to for so long, "
                            + (action.kind() == Kind.DELETES ? "nothing is left" : "nothing can be read at once"),
                    remedy));
        }
    }

    /**
     * How old an object can be that a restore within the retention needs: a state at the beginning of it stands on a
     * snapshot that may be one interval older. Where Runnel does not delete, the newest state has to stay restorable. Null
     * if everything is to be kept.
     */
    private @Nullable Duration needed() {
        if (!levels.deletes()) {
            return policy.snapshotInterval();
        }
        Duration retention = policy.retention();
        return retention == null || retention.isZero() ? null : retention.plus(policy.snapshotInterval());
    }

    private void versions(List<LifecycleRule> rules, boolean knowsRules) {
        if (covers(rules, Kind.DELETES_NONCURRENT)) {
            findings.add(Finding.ok(
                    subject, "its bucket keeps what is deleted or overwritten for a while, as noncurrent versions"));
        } else if (knowsRules) {
            findings.add(Finding.warning(
                    subject,
                    "its bucket keeps what is deleted or overwritten for ever, as noncurrent versions: storage grows"
                            + " without end",
                    "add a life cycle rule that deletes noncurrent versions after, say, 30 days"));
        }
    }

    private boolean covers(List<LifecycleRule> rules, Kind kind) {
        return rules.stream().anyMatch(rule -> rule.does(kind) && rule.covers(keys()));
    }

    /** What all keys of the replica begin with. */
    private String keys() {
        return target.path().isEmpty() ? "" : target.path() + "/";
    }

    private void unanswered(List<Unanswered> all) {
        List<Unanswered> refused = with(all, Reason.NOT_PERMITTED);
        if (!refused.isEmpty()) {
            findings.add(Finding.note(
                    subject,
                    joined(refused, Question::text) + " of its bucket could not be asked: its key lacks the permission "
                            + joined(refused, Question::permission),
                    "grant that to the key, or " + LOOK));
        }
        List<Unanswered> unknown = with(all, Reason.NOT_IMPLEMENTED);
        if (!unknown.isEmpty()) {
            findings.add(
                    Finding.note(subject, "its service does not tell about " + joined(unknown, Question::text), LOOK));
        }
        with(all, Reason.FAILED).forEach(one -> findings.add(Finding.note(subject, one.message(), LOOK)));
    }

    private static List<Unanswered> with(List<Unanswered> all, Reason reason) {
        return all.stream().filter(one -> one.reason() == reason).toList();
    }

    private static String joined(List<Unanswered> some, Function<Question, String> text) {
        return some.stream().map(one -> text.apply(one.question())).collect(Collectors.joining(", "));
    }
}
