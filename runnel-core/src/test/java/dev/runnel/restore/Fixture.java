package dev.runnel.restore;

import dev.runnel.archive.Backoff;
import dev.runnel.archive.ReplicaArchive;
import dev.runnel.archive.ReplicaLayout;
import dev.runnel.storage.file.FileObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A replica made by the real Litestream, with what it must restore to. */
public record Fixture(Path directory) {

    private static final Pattern POINT =
            Pattern.compile("\"timestamp\": \"([^\"]+)\",\\s*\"rows\": \\[[^]]*],\\s*\"dump_sha256\": \"([0-9a-f]+)\"");
    private static final Pattern MTIME = Pattern.compile("\"((?:ltx|generations)/[^\"]+)\": \"([^\"]+)\"");

    /** All fixtures of 0.5. */
    public static List<Fixture> all() throws IOException {
        return all("litestream-0.5-");
    }

    /** All fixtures whose name starts with {@code prefix}. */
    public static List<Fixture> all(String prefix) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of(System.getProperty("runnel.fixtures")))) {
            return entries.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .map(Fixture::new)
                    .toList();
        }
    }

    /** A copy of the replica that a test may change. */
    public Path copyReplica(Path to) throws IOException {
        Path replica = directory.resolve("replica");
        try (Stream<Path> tree = Files.walk(replica)) {
            for (Path path : tree.toList()) {
                Path target = to.resolve(replica.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
        return to;
    }

    /** Gives the files of a copy the times that Litestream gave them, which version control does not keep. */
    public void setTimes(Path replica) throws IOException {
        Matcher matcher = MTIME.matcher(Files.readString(directory.resolve("fixture.json")));
        while (matcher.find()) {
            Files.setLastModifiedTime(
                    replica.resolve(matcher.group(1)), FileTime.from(Instant.parse(matcher.group(2))));
        }
    }

    /** Instants and the SHA-256 of the dump at each. */
    public Map<Instant, String> pointsInTime() throws IOException {
        Map<Instant, String> points = new LinkedHashMap<>();
        Matcher matcher = POINT.matcher(Files.readString(directory.resolve("fixture.json")));
        while (matcher.find()) {
            points.put(Instant.parse(matcher.group(1)), matcher.group(2));
        }
        return points;
    }

    /** The dump of what the newest state must be. */
    public String expectedSql() throws IOException {
        return Files.readString(directory.resolve("expected.sql"));
    }

    /** The replica in a directory, listed. */
    public static ReplicaArchive open(Path replica) throws IOException {
        ReplicaArchive archive = new ReplicaArchive(new FileObjectStore(replica), ReplicaLayout.files(""));
        archive.load();
        return archive;
    }

    /** Restores from a loaded archive. */
    public static Restorer restorer(ReplicaArchive archive) {
        return new Restorer(archive, RestoreOptions.defaults().withParallelism(2), backoff());
    }

    /** A back-off that does not make tests wait. */
    public static Backoff backoff() {
        return new Backoff(Duration.ofNanos(1), Duration.ofNanos(2), new Random(1));
    }

    /** {@code sqlite3 db .dump}. */
    public static String dump(Path database) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sqlite3", database.toString(), ".dump"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("sqlite3 " + database + ": " + output);
        }
        return output;
    }

    /** SHA-256 in hexadecimal. */
    public static String sha256(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public String toString() {
        return directory.getFileName().toString();
    }
}
