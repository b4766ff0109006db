package dev.runnel.s3;

import static dev.runnel.s3.StubS3.error;
import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.s3.BucketSettings.Question;
import dev.runnel.s3.BucketSettings.Reason;
import dev.runnel.s3.BucketSettings.Unanswered;
import dev.runnel.s3.LifecycleRule.Action;
import dev.runnel.s3.LifecycleRule.Kind;
import dev.runnel.storage.StorageException;
import dev.runnel.testkit.http.StubServer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What buckets tell of themselves, in the words of the protocol. */
@SuppressWarnings("NullAway.Init")
class BucketSettingsTest {

    private static final StubServer.Answer NOT_VERSIONED =
            body(200, "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>");
    private static final StubServer.Answer NO_RULES = error(404, "NoSuchLifecycleConfiguration");
    private static final StubServer.Answer NO_LOCK = error(404, "ObjectLockConfigurationNotFoundError");

    private StubS3 stub;

    @BeforeEach
    void start() throws IOException {
        stub = new StubS3();
    }

    @AfterEach
    void stop() {
        stub.close();
    }

    private BucketSettings read(StubServer.Answer versioning, StubServer.Answer lifecycle, StubServer.Answer lock)
            throws IOException {
        stub.answer(versioning, lifecycle, lock);
        return BucketSettings.read(stub.settings().build(), WireLog.NONE);
    }

    private static StubServer.Answer rules(String xml) {
        return body(200, "<LifecycleConfiguration>" + xml + "</LifecycleConfiguration>");
    }

    @Test
    void aPlainBucketDoesNothingByItself() throws IOException {
        BucketSettings settings = read(NOT_VERSIONED, NO_RULES, NO_LOCK);
        assertThat(settings).isEqualTo(new BucketSettings(false, List.of(), null, List.of()));
        assertThat(stub.requests())
                .extracting(StubServer.Request::query)
                .containsExactly("versioning", "lifecycle", "object-lock");
    }

    @Test
    void readsVersionsAndLock() throws IOException {
        BucketSettings settings = read(
                body(200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
                NO_RULES,
                body(200, """
                    <ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>
                    <DefaultRetention><Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention>
                    </Rule></ObjectLockConfiguration>\
                    """));
        assertThat(settings).isEqualTo(new BucketSettings(true, List.of(), "30 days (COMPLIANCE)", List.of()));
        assertThat(read(
                                body(
                                        200,
                                        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"),
                                NO_RULES,
                                body(200, """
                                    <ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>
                                    </ObjectLockConfiguration>\
                                    """))
                        .equals(new BucketSettings(false, List.of(), null, List.of())))
                .as("suspended, and a lock that is chosen object by object")
                .isTrue();
    }

    @Test
    void readsRulesOfBothVersionsOfTheProtocol() throws IOException {
        BucketSettings settings = read(NOT_VERSIONED, rules("""
            <Rule><ID>old</ID><Prefix>app/</Prefix><Status>Enabled</Status>
            <Expiration><Days>1</Days></Expiration></Rule>
            <Rule><ID>new</ID><Filter><Prefix>app</Prefix></Filter><Status>Enabled</Status>
            <Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>
            <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration></Rule>
            <Rule><Filter><And><Prefix>a</Prefix><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan></And></Filter>
            <Status>Enabled</Status>
            <Transition><Days>3</Days><StorageClass>STANDARD_IA</StorageClass></Transition>
            <Transition><Days>90</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>
            <Rule><ID>all</ID><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload>
            <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>
            <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>
            """), NO_LOCK);
        assertThat(settings.unanswered()).isEmpty();
        assertThat(settings.lifecycle())
                .containsExactly(
                        new LifecycleRule(
                                "old", "app/", List.of(new Action(Kind.DELETES, 1, "deletes objects after 1 day"))),
                        new LifecycleRule(
                                "new",
                                "app",
                                List.of(
                                        new Action(Kind.DELETES, 0, "deletes objects on 2030-01-01T00:00:00Z"),
                                        new Action(
                                                Kind.DELETES_NONCURRENT,
                                                30,
                                                "deletes noncurrent versions after 30 days"))),
                        new LifecycleRule(
                                "",
                                "a",
                                List.of(new Action(Kind.ARCHIVES, 90, "moves objects to GLACIER after 90 days"))),
                        new LifecycleRule(
                                "all", "", List.of(new Action(Kind.ABORTS_UPLOADS, 0, "aborts incomplete uploads"))));
    }

    @Test
    void rulesThatAreOffOrForTaggedObjectsDoNotApply() throws IOException {
        BucketSettings settings = read(NOT_VERSIONED, rules("""
            <Rule><ID>off</ID><Filter/><Status>Disabled</Status><Expiration><Days>1</Days></Expiration></Rule>
            <Rule><ID>tag</ID><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter><Status>Enabled</Status>
            <Expiration><Days>1</Days></Expiration></Rule>
            <Rule><ID>and</ID><Filter><And><Prefix>app</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>
            <Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>
            """), NO_LOCK);
        assertThat(settings).isEqualTo(new BucketSettings(false, List.of(), null, List.of()));
    }

    @Test
    void whatIsNotAnsweredIsToldAndStopsNothing() throws IOException {
        BucketSettings settings = read(error(403, "AccessDenied"), status(501), error(500, "InternalError"));
        assertThat(settings.unanswered())
                .extracting(Unanswered::question, Unanswered::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(Question.VERSIONING, Reason.NOT_PERMITTED),
                        org.assertj.core.groups.Tuple.tuple(Question.LIFECYCLE, Reason.NOT_IMPLEMENTED),
                        org.assertj.core.groups.Tuple.tuple(Question.LOCK, Reason.FAILED));
        assertThat(settings.unanswered().get(2).message())
                .startsWith("object lock of bucket bucket could not be asked: status 500 InternalError");
        assertThat(settings.versioned()).isFalse();
    }

    @Test
    void aBucketThatIsNotFoundIsAnError() {
        stub.answer(error(404, "NoSuchBucket"));
        S3Settings settings = stub.settings().build();
        assertThatThrownBy(() -> BucketSettings.read(settings, WireLog.NONE))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("there is no bucket bucket");
    }

    @Test
    void aRuleTouchesWhatBeginsAsItsPrefixDoesOrLonger() {
        LifecycleRule rule = new LifecycleRule("", "app/db", List.of());
        assertThat(rule.touches("app/db/")).isTrue();
        assertThat(rule.touches("app/db2/")).isTrue();
        assertThat(rule.touches("app/")).isTrue();
        assertThat(rule.touches("")).isTrue();
        assertThat(rule.touches("apple/")).isFalse();
        assertThat(rule.covers("app/db/")).isTrue();
        assertThat(rule.covers("app/")).isFalse();
        assertThat(new LifecycleRule("", "", List.of()).covers("")).isTrue();
    }
}
