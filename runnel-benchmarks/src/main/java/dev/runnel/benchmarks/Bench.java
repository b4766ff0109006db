package dev.runnel.benchmarks;

import dev.runnel.benchmarks.process.Cli;
import dev.runnel.benchmarks.process.S3Server;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** What every workload works with. Not thread-safe. */
final class Bench implements Closeable {

    private final Options options;
    private final Cli cli;
    private final Report report;
    private @Nullable S3Server server;

    Bench(Options options, Cli cli, Report report) {
        this.options = options;
        this.cli = cli;
        this.report = report;
    }

    Options options() {
        return options;
    }

    Cli cli() {
        return cli;
    }

    Report report() {
        return report;
    }

    /** One S3 server serves all workloads. */
    S3Server server() throws IOException {
        if (server == null) {
            server = S3Server.start();
        }
        return server;
    }

    /** An empty folder for a workload. */
    Path folder(String name) throws IOException {
        Path folder = options.directory().resolve(name);
        delete(folder);
        return Files.createDirectories(folder);
    }

    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Override
    public void close() throws IOException {
        if (server != null) {
            server.close();
        }
    }
}
