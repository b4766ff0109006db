package dev.runnel.s3;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/**
 * What the signature of a request was made of, worked out again from the request: Signature Version 4 of AWS, as S3 has it
 * (the path is not encoded twice).
 *
 * @param canonical the canonical request, secrets masked
 * @param toSign the string to sign
 */
record SignedRequest(String canonical, String toSign) {

    private static final Pattern AUTHORIZATION =
            Pattern.compile("(AWS4-\\S+) Credential=[^/]*/(\\S+), ?SignedHeaders=([^,]+),.*");

    /** Null if the request is not signed in that way. */
    static @Nullable SignedRequest of(SdkHttpRequest request) {
        Matcher signature = AUTHORIZATION.matcher(
                request.firstMatchingHeader("Authorization").orElse(""));
        if (!signature.matches()) {
            return null;
        }
        String signed = signature.group(3);
        String plain = canonical(request, signed, false);
        String date = request.firstMatchingHeader("X-Amz-Date").orElse("");
        String toSign = signature.group(1) + "\n" + date + "\n" + signature.group(2) + "\n"
                + HexFormat.of().formatHex(sha256(plain));
        return new SignedRequest(canonical(request, signed, true), toSign);
    }

    private static String canonical(SdkHttpRequest request, String signed, boolean masked) {
        StringBuilder text = new StringBuilder()
                .append(request.method())
                .append('\n')
                .append(request.encodedPath().isEmpty() ? "/" : request.encodedPath())
                .append('\n')
                .append(query(request.rawQueryParameters()))
                .append('\n');
        for (String name : signed.split(";", -1)) {
            String value = request.firstMatchingHeader(name).orElse("").strip();
            text.append(name.toLowerCase(Locale.ROOT))
                    .append(':')
                    .append(masked ? WireLog.masked(name, value) : value)
                    .append('\n');
        }
        return text.append('\n')
                .append(signed)
                .append('\n')
                .append(request.firstMatchingHeader("x-amz-content-sha256").orElse("UNSIGNED-PAYLOAD"))
                .toString();
    }

    private static String query(Map<String, List<String>> parameters) {
        Map<String, List<String>> sorted = new TreeMap<>();
        parameters.forEach((name, values) -> sorted.put(
                SdkHttpUtils.urlEncode(name),
                values.stream()
                        .map(value -> value == null ? "" : SdkHttpUtils.urlEncode(value))
                        .sorted()
                        .toList()));
        List<String> pairs = new ArrayList<>();
        sorted.forEach((name, values) -> {
            for (String value : values.isEmpty() ? List.of("") : values) {
                pairs.add(name + "=" + value);
            }
        });
        return String.join("&", pairs);
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
