package dev.runnel.storage.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.storage.ObjectBody;
import dev.runnel.storage.ObjectEntry;
import dev.runnel.storage.ObjectListing;
import dev.runnel.storage.PreconditionFailedException;
import dev.runnel.storage.PutCondition;
import dev.runnel.storage.StorageException;
import dev.runnel.storage.TransientStorageException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is particular about files; the contract itself is tested in runnel-testkit. */
@SuppressWarnings("NullAway.Init")
class FileObjectStoreTest {

    private static final Instant TIMESTAMP = Instant.parse("2026-03-04T05:06:07.891Z");

    @TempDir
    Path directory;

    @Test
    void keyIsThePathAndTimestampTheModificationTime() throws IOException {
        FileObjectStore store = new FileObjectStore(directory.resolve("root"));
        store.put("ltx/0/x.ltx", text("hello"), PutCondition.ifAbsent(), TIMESTAMP);
        Path file = directory.resolve("root/ltx/0/x.ltx");
        assertThat(file).hasContent("hello");
        assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(TIMESTAMP);
        try (ObjectListing listing = store.list("", null)) {
            assertThat(listing.next()).extracting(ObjectEntry::timestamp).isEqualTo(TIMESTAMP);
        }
    }

    @Test
    void noTemporaryStaysWhateverHappens() throws IOException {
        FileObjectStore store = new FileObjectStore(directory);
        store.put("a/x", text("1"), PutCondition.ifAbsent(), null);
        assertThatThrownBy(() -> store.put("a/x", text("2"), PutCondition.ifAbsent(), null))
                .isInstanceOf(PreconditionFailedException.class);
        assertThatThrownBy(() -> store.put("a/x", text("2"), PutCondition.ifMatch("no"), null))
                .isInstanceOf(PreconditionFailedException.class);
        assertThatThrownBy(() -> store.put("a/y", lying(), PutCondition.any(), null))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("did its source change");
        assertThatThrownBy(() -> store.put("a", text("2"), PutCondition.any(), null))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("directory of that name");
        assertThatThrownBy(() -> store.put("a/x/y", text("2"), PutCondition.any(), null))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining(directory.toString());
        assertThat(files()).containsExactly("a/x");
        assertThat(directory.resolve("a/x")).hasContent("1");
    }

    /** The spare file is what the object was before; killed at any step, whoever comes next goes on. */
    @Test
    void replacementsAlternateBetweenTwoFilesWhateverAKilledWriterLeft() throws IOException {
        FileObjectStore store = new FileObjectStore(directory);
        Path object = directory.resolve("lock.json");
        Path spare = directory.resolve("lock.json.spare.tmp");
        Path kept = directory.resolve("lock.json.kept.tmp");
        List<String> etags = new ArrayList<>();
        String etag = String.valueOf(
                store.put("lock.json", text("0"), PutCondition.ifAbsent(), null).etag());
        for (int i = 1; i <= 20; i++) {
            switch (i % 5) {
                case 1 -> Files.deleteIfExists(spare);
                case 2 -> Files.createLink(kept, object); // killed before the new one had the name
                case 3 -> Files.move(spare, kept); // killed before the old one had that of the spare
                case 4 -> Files.writeString(spare, "half of what somebody wanted to write".repeat(i));
                default -> {}
            }
            String content = "version " + "x".repeat(i * 7 % 20) + i;
            etag = String.valueOf(store.put("lock.json", text(content), PutCondition.ifMatch(etag), null)
                    .etag());
            etags.add(etag);
            assertThat(object).hasContent(content);
            assertThat(etag).isEqualTo(store.head("lock.json").etag());
            assertThat(Files.isSameFile(spare, object)).isFalse();
            assertThat(kept).doesNotExist();
        }
        assertThat(etags).doesNotHaveDuplicates();
        assertThat(etags.stream().map(one -> one.replaceFirst("-.*", "")).distinct())
                .as("inodes: that of the first one is used again, but where the spare file was deleted")
                .hasSizeLessThan(8);
        try (ObjectListing listing = store.list("", null)) {
            assertThat(listing.next()).extracting(ObjectEntry::key).isEqualTo("lock.json");
            assertThat(listing.next()).isNull();
        }
    }

    @Test
    void largeObjectsHaveNoSpareFile() throws IOException {
        FileObjectStore store = new FileObjectStore(directory);
        String etag = String.valueOf(
                store.put("x", text("y".repeat(5000)), PutCondition.any(), null).etag());
        etag = String.valueOf(
                store.put("x", text("y"), PutCondition.ifMatch(etag), null).etag());
        assertThat(files()).containsExactly("x");
        store.put("x", text("y".repeat(5000)), PutCondition.ifMatch(etag), null);
        assertThat(files()).containsExactly("x");
    }

    @Test
    void withoutSecondNamesThereIsNoSpareFile() throws IOException {
        FileObjectStore store = new FileObjectStore(directory, (newName, existing) -> {
            throw new FileSystemException(newName.toString(), null, "Operation not permitted");
        });
        String etag = String.valueOf(
                store.put("x", text("1"), PutCondition.any(), null).etag());
        store.put("x", text("2"), PutCondition.ifMatch(etag), null);
        assertThat(directory.resolve("x")).hasContent("2");
        assertThat(files()).containsExactly("x");
    }

    @Test
    void namesOfItsOwnAreNeitherListedNorTaken() throws IOException {
        FileObjectStore store = new FileObjectStore(directory);
        store.put("x", text("1"), PutCondition.any(), null); // makes the lock file
        Files.writeString(directory.resolve("left.1-1.tmp"), "half");
        Files.createDirectory(directory.resolve("dir.tmp"));
        Files.writeString(directory.resolve("dir.tmp/y"), "");
        try (ObjectListing listing = store.list("", null)) {
            assertThat(listing.next()).extracting(ObjectEntry::key).isEqualTo("x");
            assertThat(listing.next()).isNull();
        }
        for (String key : List.of("left.tmp", ReplaceLock.FILE_NAME, "/x", "a//b")) {
            assertThatThrownBy(() -> store.put(key, text("1"), PutCondition.any(), null))
                    .as(key)
                    .isExactlyInstanceOf(StorageException.class);
        }
    }

    @Test
    void whatAKilledWriterLeftIsRemovedAfterADay() throws IOException {
        Path files = directory.resolve("ltx/0");
        List<String> names = new ArrayList<>();
        new FileObjectStore(directory)
                .put(
                        "ltx/0/a",
                        new ObjectBody() {
                            @Override
                            public long length() {
                                return 1;
                            }

                            @Override
                            public InputStream open() throws IOException {
                                try (Stream<Path> all = Files.list(files)) {
                                    all.forEach(file -> names.add(String.valueOf(file.getFileName())));
                                }
                                return text("1").open();
                            }
                        },
                        PutCondition.ifAbsent(),
                        TIMESTAMP);
        assertThat(names).hasSize(1);
        FileTime longAgo =
                FileTime.from(Files.getLastModifiedTime(files).toInstant().minus(Duration.ofHours(25)));
        for (String name : List.of(names.get(0), "lock.json.spare.tmp", "lock.json.kept.tmp", "another.tmp")) {
            Files.setLastModifiedTime(Files.writeString(files.resolve(name), "half"), longAgo);
        }
        Path young = Files.writeString(files.resolve(names.get(0).replace(".tmp", "0.tmp")), "half");
        FileObjectStore store = new FileObjectStore(directory);
        store.put("ltx/1/x", text("1"), PutCondition.ifAbsent(), TIMESTAMP);
        assertThat(files.resolve(names.get(0)))
                .as("nothing was written beside it")
                .exists();
        store.put("ltx/0/b", text("1"), PutCondition.ifAbsent(), TIMESTAMP);
        assertThat(files.resolve(names.get(0))).doesNotExist();
        assertThat(young).exists();
        assertThat(files)
                .isDirectoryContaining("glob:**/lock.json.spare.tmp")
                .isDirectoryContaining("glob:**/lock.json.kept.tmp")
                .isDirectoryContaining("glob:**/another.tmp")
                .isDirectoryContaining("glob:**/a")
                .isDirectoryContaining("glob:**/b");
    }

    @Test
    void aReplicaThatHangsHoldsUpNoOther() throws IOException {
        // The names have one hash code.
        FileObjectStore hanging = new FileObjectStore(directory.resolve("Aa"));
        FileObjectStore other = new FileObjectStore(directory.resolve("BB"));
        ObjectEntry first = hanging.put("x", text("1"), PutCondition.ifAbsent(), null);
        ObjectEntry second = other.put("x", text("1"), PutCondition.ifAbsent(), null);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            ObjectBody slow = new ObjectBody() {
                @Override
                public long length() {
                    return 1;
                }

                @Override
                public InputStream open() throws IOException {
                    Future<ObjectEntry> replaced =
                            thread.submit(() -> other.put("x", text("2"), PutCondition.ifMatch(second.etag()), null));
                    assertThat(replaced).succeedsWithin(Duration.ofMinutes(1));
                    return text("2").open();
                }
            };
            hanging.put("x", slow, PutCondition.ifMatch(first.etag()), null);
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void versionsInQuickSuccessionHaveDifferentEtags() throws IOException {
        FileObjectStore store = new FileObjectStore(directory);
        List<String> etags = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            etags.add(String.valueOf(
                    store.put("lock", text("same"), PutCondition.any(), null).etag()));
        }
        assertThat(etags).doesNotHaveDuplicates().endsWith(store.head("lock").etag());
    }

    @Test
    void createsWithoutHardLinksUnderTheLock() throws Exception {
        FilePublisher.Linker none = (newName, existing) -> {
            throw new FileSystemException(newName.toString(), existing.toString(), "Operation not permitted");
        };
        FilePublisher.Linker unknown = (newName, existing) -> {
            throw new UnsupportedOperationException();
        };
        for (FilePublisher.Linker linker : List.of(none, unknown)) {
            Path root = Files.createTempDirectory(directory, "nolinks");
            List<FileObjectStore> stores =
                    List.of(new FileObjectStore(root, linker), new FileObjectStore(root, linker));
            for (int round = 0; round < 20; round++) {
                String key = "race/" + round;
                List<Boolean> won = inParallel(8, i -> {
                    try {
                        stores.get(i % 2).put(key, text("writer " + i), PutCondition.ifAbsent(), null);
                        return true;
                    } catch (PreconditionFailedException e) {
                        return false;
                    }
                });
                assertThat(won).containsOnlyOnce(true);
                assertThat(root.resolve(key)).hasContent("writer " + won.indexOf(true));
            }
        }
    }

    @Test
    void ownLinkAfterALostReplyOfTheFileSystemIsNoConflict() throws IOException {
        FileObjectStore store = new FileObjectStore(directory, (newName, existing) -> {
            Files.createLink(newName, existing);
            throw new FileAlreadyExistsException(newName.toString());
        });
        store.put("x", text("1"), PutCondition.ifAbsent(), null);
        assertThat(directory.resolve("x")).hasContent("1");
    }

    /** Two processes, several stores each: neither an update is lost nor a lock. */
    @Test
    void processesReplaceOneAfterTheOther() throws Exception {
        FileObjectStore store = new FileObjectStore(directory);
        store.put("counter", text("0"), PutCondition.ifAbsent(), null);
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            processes.add(java(Incrementer.class));
        }
        try {
            for (Process process : processes) {
                assertThat(process.waitFor()).isZero();
            }
        } finally {
            processes.forEach(process -> process.destroyForcibly().onExit().join());
        }
        assertThat(directory.resolve("counter"))
                .hasContent(String.valueOf(2 * Incrementer.THREADS * Incrementer.ROUNDS));
    }

    @Test
    void aProcessThatIsStoppedWhileItReplacesStopsNobodyElse() throws Exception {
        FileObjectStore store = new FileObjectStore(directory, Files::createLink, Duration.ofMillis(20));
        store.put("x", text("1"), PutCondition.ifAbsent(), null);
        PutCondition asItIs =
                PutCondition.ifMatch(String.valueOf(store.head("x").etag()));
        Process stopped = java(Holder.class);
        try {
            assertThat(stopped.inputReader().readLine()).isEqualTo("held");
            assertThatThrownBy(() -> store.put("x", text("2"), asItIs, null))
                    .isExactlyInstanceOf(TransientStorageException.class)
                    .hasMessageContaining(directory.resolve(ReplaceLock.FILE_NAME) + " for")
                    .hasMessageContaining("stopped?");
            assertThatThrownBy(() -> store.delete(List.of("x"))).isExactlyInstanceOf(TransientStorageException.class);
        } finally {
            stopped.destroyForcibly().onExit().join();
        }
        store.put("x", text("2"), asItIs, null);
        assertThat(directory.resolve("x")).hasContent("2");
    }

    /** Main class of a process that gets no further than to the lock. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] args) throws Exception {
            new ReplaceLock(Path.of(args[0]), ReplaceLock.PATIENCE).run(true, () -> {
                System.out.println("held");
                while (System.in.read() >= 0) {
                    // until the end of the test
                }
            });
        }
    }

    /** Starts the main class of another process, with the directory of this test as its argument. */
    private Process java(Class<?> main) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        main.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Stores of one process write one key over and over: none takes away what another has just begun to write. */
    @Test
    void instancesOnOneRootLeaveEachOthersTemporariesAlone() throws Exception {
        List<Boolean> done = inParallel(4, i -> {
            FileObjectStore store = new FileObjectStore(directory);
            for (int round = 0; round < 200; round++) {
                store.put("x", text("1"), PutCondition.any(), null);
            }
            return true;
        });
        assertThat(done).hasSize(4);
        assertThat(files()).containsExactly("x");
    }

    /** Main class of the other processes. */
    static final class Incrementer {

        static final int THREADS = 3;
        static final int ROUNDS = 15;

        private Incrementer() {}

        public static void main(String[] args) throws Exception {
            inParallel(THREADS, i -> {
                FileObjectStore store = new FileObjectStore(Path.of(args[0]));
                for (int done = 0; done < ROUNDS; ) {
                    String etag = String.valueOf(store.head("counter").etag());
                    int value = Integer.parseInt(
                            new String(store.readTail("counter", 9).bytes(), UTF_8));
                    try {
                        store.put("counter", text(String.valueOf(value + 1)), PutCondition.ifMatch(etag), null);
                        done++;
                    } catch (PreconditionFailedException e) {
                        // another one was faster
                    }
                }
                return true;
            });
        }
    }

    @Test
    void listingFollowsLinksButNotOutOfKeys() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("y"), "1");
        FileObjectStore store = new FileObjectStore(directory.resolve("root"));
        store.put("a/x", text("1"), PutCondition.any(), null);
        Files.createSymbolicLink(directory.resolve("root/b"), elsewhere);
        Files.createSymbolicLink(directory.resolve("root/dangling"), directory.resolve("nowhere"));
        Files.createSymbolicLink(directory.resolve("root/a/loop"), directory.resolve("root/a"));
        List<String> keys = new ArrayList<>();
        try (ObjectListing listing = store.list("", null)) {
            for (ObjectEntry e = listing.next(); e != null && keys.size() < 1000; e = listing.next()) {
                keys.add(e.key());
            }
        }
        assertThat(keys).containsExactly("a/x", "b/y");
        assertThat(store.list("../", null).next()).isNull();
        assertThat(store.list("a/../../", null).next()).isNull();
    }

    @Test
    void rootThatIsAFileIsTold() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        FileObjectStore store = new FileObjectStore(file);
        assertThatThrownBy(() -> store.list("", null)).hasMessageContaining("not a directory");
        assertThatThrownBy(() -> store.put("x", text("1"), PutCondition.any(), null))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("a file where a directory is needed");
    }

    @Test
    void longNamesFitTheirTemporary() throws IOException {
        String name = "n".repeat(255);
        FileObjectStore store = new FileObjectStore(directory);
        store.put(name, text("1"), PutCondition.ifAbsent(), null);
        assertThat(store.head(name).size()).isEqualTo(1);
    }

    /** On the one pseudo file system that every Linux has and on which nobody, not even root, can write. */
    @Test
    @DisabledOnOs({OS.WINDOWS, OS.MAC})
    void unwritablePlaceIsTold() {
        FileObjectStore store = new FileObjectStore(Path.of("/proc/self/runnel"));
        assertThatThrownBy(() -> store.put("x", text("1"), PutCondition.any(), null))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("/proc/self/runnel");
    }

    @Test
    void errorsOfTheFileSystemHaveRemedies() {
        check(new FileSystemException("/b/x", null, "No space left on device"), StorageException.class, "free space");
        check(new IOException("No space left on device"), StorageException.class, "free space");
        check(new FileSystemException("/b/x", null, "Disk quota exceeded"), StorageException.class, "quota");
        check(new FileSystemException("/b/x", null, "Read-only file system"), StorageException.class, "writable");
        check(new AccessDeniedException("/b/x"), StorageException.class, "permission denied on /b/x");
        check(new FileSystemException("/b/x", null, "Too many open files"), TransientStorageException.class, "ulimit");
        check(new FileSystemException("/b/x", null, "Stale file handle"), TransientStorageException.class, "Stale");
        check(new NoSuchFileException("/b/x"), TransientStorageException.class, "disappeared");
        check(new IOException("Input/output error"), StorageException.class, "Input/output error");
        check(new ClosedByInterruptException(), TransientStorageException.class, "interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    private static void check(IOException cause, Class<? extends StorageException> type, String remedy) {
        StorageException mapped = FileErrors.map("cannot write object x", cause);
        assertThat(mapped)
                .isExactlyInstanceOf(type)
                .hasCause(cause)
                .hasMessageContaining("cannot write object x")
                .hasMessageContaining(remedy);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.filter(Files::isRegularFile)
                    .map(path -> directory.relativize(path).toString().replace(File.separatorChar, '/'))
                    .filter(path -> !path.equals(ReplaceLock.FILE_NAME))
                    .toList();
        }
    }

    @FunctionalInterface
    private interface Task {
        boolean run(int number) throws Exception;
    }

    private static List<Boolean> inParallel(int count, Task task) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Callable<Boolean>> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                calls.add(() -> task.run(number));
            }
            List<Boolean> results = new ArrayList<>();
            for (Future<Boolean> future : threads.invokeAll(calls)) {
                results.add(future.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    private static ObjectBody text(String text) {
        return ObjectBody.of(text.getBytes(UTF_8));
    }

    private static ObjectBody lying() {
        ObjectBody honest = text("12345");
        return new ObjectBody() {
            @Override
            public long length() {
                return 6;
            }

            @Override
            public InputStream open() throws IOException {
                return honest.open();
            }
        };
    }
}
