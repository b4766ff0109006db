package dev.runnel.s3;

import dev.runnel.testkit.http.StubServer;
import java.io.IOException;

/** Answers from a script as S3 would. What S3Proxy cannot be made to do is tested with it. */
final class StubS3 extends StubServer {

    StubS3() throws IOException {}

    S3Settings.Builder settings() {
        return S3Settings.builder()
                .bucket("bucket")
                .endpoint(endpoint())
                .accessKeyId("stub-key")
                .secretAccessKey("stub-secret");
    }

    static Answer error(int status, String code, String... headers) {
        return body(
                status,
                "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>told so</Message></Error>",
                headers);
    }
}
