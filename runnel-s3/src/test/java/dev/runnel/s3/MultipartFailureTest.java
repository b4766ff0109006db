package dev.runnel.s3;

import static dev.runnel.s3.StubS3.error;
import static dev.runnel.testkit.http.StubServer.body;
import static dev.runnel.testkit.http.StubServer.hangUp;
import static dev.runnel.testkit.http.StubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.IndeterminateWriteException;
import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import dev.runnel.testkit.http.StubServer.Answer;
import dev.runnel.testkit.storage.TestBodies;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An upload in parts that fails leaves no parts behind, wherever it fails, for they cost storage and no listing has them. */
class MultipartFailureTest extends StubS3Test {

    private static final int PART = 5 << 20;
    private static final ObjectBody ONE_PART = ObjectBody.of(new byte[PART]);
    private static final ObjectBody TWO_PARTS = ObjectBody.of(new byte[2 * PART]);
    private static final Answer PART_TAKEN = status(200, "ETag", "\"p\"");
    private static final Answer COMPLETED =
            body(200, "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>");

    private static Answer created(String id) {
        return body(
                200, "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>");
    }

    private void put(ObjectBody body) throws IOException {
        store.put("k", body, PutCondition.any(), null);
    }

    /** Ids of the uploads that were given up. */
    private List<String> aborted() {
        return stub.requests().stream()
                .filter(request -> request.method().equals("DELETE"))
                .map(request -> request.query().replaceFirst(".*uploadId=([^&]*).*", "$1"))
                .distinct()
                .toList();
    }

    @Test
    void aRefusedPartGivesTheUploadUp() {
        stub.answer(created("u1"), error(403, "AccessDenied"));
        assertThatThrownBy(() -> put(ONE_PART))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("part 1");
        assertThat(aborted()).containsExactly("u1");
    }

    @Test
    void aCompletionThatIsRefusedGivesTheUploadUp() {
        stub.answer(created("u1"), PART_TAKEN, error(412, "PreconditionFailed"), status(204));
        assertThatThrownBy(() -> store.put("k", ONE_PART, PutCondition.ifMatch("\"e\""), null))
                .isInstanceOf(PreconditionFailedException.class);
        assertThat(aborted()).containsExactly("u1");
    }

    @Test
    void anUploadThatSomebodyElseEndedIsDoneAnew() {
        stub.answer(created("u1"), PART_TAKEN, error(404, "NoSuchUpload"));
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(TransientStorageException.class);
    }

    /** It was completed by the request whose reply was lost. */
    @Test
    void aCompletionThatTurnsOutToHaveHappenedIsLeftAlone() {
        stub.answer(created("u1"), PART_TAKEN, hangUp(), error(404, "NoSuchUpload"));
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(IndeterminateWriteException.class);
        assertThat(aborted()).isEmpty();
    }

    /** The service is asked for the object before anything is aborted that may be complete. */
    private Answer completionWithout(Answer head) {
        return exchange -> {
            if (exchange.getRequestMethod().equals("HEAD")) {
                head.to(exchange);
            } else if (exchange.getRequestMethod().equals("DELETE")) {
                status(204).to(exchange);
            } else {
                body(200, "<Error><Code>InternalError</Code><Message>late</Message></Error>")
                        .to(exchange);
            }
        };
    }

    @Test
    void aCompletionWithoutAnAnswerIsGivenUpIfTheObjectIsNotThere() {
        stub.answer(created("u1"), PART_TAKEN, completionWithout(status(404)));
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(IndeterminateWriteException.class);
        assertThat(aborted()).containsExactly("u1");
        stub.answer(created("u2"), PART_TAKEN, completionWithout(length(PART - 1)));
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(IndeterminateWriteException.class);
        assertThat(aborted()).as("what is there is another object").containsExactly("u2");
    }

    @Test
    void aCompletionWithoutAnAnswerIsNotGivenUpIfTheObjectIsThere() {
        stub.answer(created("u1"), PART_TAKEN, completionWithout(length(PART)));
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(IndeterminateWriteException.class);
        assertThat(aborted()).isEmpty();
        store.close();
        assertThat(aborted()).isEmpty();
    }

    private static Answer length(int length) {
        return exchange -> {
            exchange.getResponseHeaders().set("Content-Length", "" + length);
            exchange.sendResponseHeaders(200, -1);
        };
    }

    /** What broke the upload keeps the request that gives it up from the service, too. */
    @Test
    void anUploadThatCannotBeGivenUpNowIsGivenUpWhenTheServiceAnswers() throws IOException {
        stub.answer(created("u1"), hangUp());
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(TransientStorageException.class);
        stub.answer(created("u2"), PART_TAKEN, hangUp());
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(IndeterminateWriteException.class);

        stub.answer(created("u3"), PART_TAKEN, COMPLETED, status(204), status(404), status(204));
        put(ONE_PART);
        assertThat(aborted()).containsExactly("u1", "u2");
        stub.answer(created("u4"), PART_TAKEN, COMPLETED);
        put(ONE_PART);
        assertThat(aborted()).as("once").isEmpty();
    }

    @Test
    void anUploadThatCannotBeGivenUpNowIsGivenUpAtTheEnd() {
        stub.answer(created("u1"), hangUp());
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(TransientStorageException.class);
        stub.answer(status(204));
        store.close();
        assertThat(aborted()).containsExactly("u1");
    }

    /** A part that arrives after the upload was given up would stay. */
    @Test
    void partsThatAreUnderWayEndBeforeTheUploadIsGivenUp() {
        CountDownLatch givenUp = new CountDownLatch(1);
        List<String> order = new ArrayList<>();
        Answer parts = exchange -> {
            String query = String.valueOf(exchange.getRequestURI().getRawQuery());
            if (exchange.getRequestMethod().equals("DELETE")) {
                note(order, "given up");
                givenUp.countDown();
                status(204).to(exchange);
            } else if (query.contains("partNumber=1")) {
                error(403, "AccessDenied").to(exchange);
            } else {
                await(givenUp);
                note(order, "part taken");
                PART_TAKEN.to(exchange);
            }
        };
        stub.answer(created("u1"), parts);
        assertThatThrownBy(() -> put(TWO_PARTS)).hasMessageContaining("part 1");
        synchronized (order) {
            assertThat(order).endsWith("given up");
        }
    }

    private static void note(List<String> order, String what) {
        synchronized (order) {
            order.add(what);
        }
    }

    /** For long enough that who does not wait for the part is found out. */
    private static void await(CountDownLatch latch) throws IOException {
        try {
            var unused = latch.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void anInterruptedUploadIsGivenUp() {
        Thread uploader = Thread.currentThread();
        stub.answer(created("u1"), exchange -> {
            boolean part = exchange.getRequestMethod().equals("PUT");
            if (part) {
                uploader.interrupt();
            }
            (part ? PART_TAKEN : status(204)).to(exchange);
        });
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(IOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(aborted()).containsExactly("u1");
    }

    @Test
    void anUploadInAStoreThatIsClosedMeanwhileIsGivenUp() {
        stub.answer(created("u1"), exchange -> {
            store.close();
            (exchange.getRequestMethod().equals("DELETE") ? status(204) : error(403, "AccessDenied")).to(exchange);
        });
        assertThatThrownBy(() -> put(ONE_PART)).isInstanceOf(IOException.class);
        assertThat(aborted()).containsExactly("u1");
    }

    @Test
    void aBodyThatCannotBeReadGivesTheUploadUp() {
        stub.answer(
                created("u1"),
                exchange -> (exchange.getRequestMethod().equals("DELETE") ? status(204) : PART_TAKEN).to(exchange));
        ObjectBody shrunk = TestBodies.lying(2 * PART, PART + 1);
        assertThatThrownBy(() -> put(shrunk)).hasMessageContaining("its body cannot be read");
        assertThat(aborted()).containsExactly("u1");
    }
}
