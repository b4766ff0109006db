package dev.runnel.cli.process;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/** The launcher script with the classes under test, as if both were installed, without the sources beside them. */
final class InstalledLauncher {

    private InstalledLauncher() {}

    /** Installs in a folder; returns the launcher. */
    static Path in(Path folder) throws IOException {
        Path root = Files.createDirectories(folder.resolve("opt/runnel"));
        Path target = Files.createDirectories(root.resolve("runnel-cli/target"));
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, "dev.runnel.cli.Main");
        attributes.put(
                Attributes.Name.CLASS_PATH,
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .map(entry -> Path.of(entry).toUri().toString())
                        .collect(Collectors.joining(" ")));
        try (OutputStream out = Files.newOutputStream(target.resolve("runnel-cli.jar"))) {
            new JarOutputStream(out, manifest).close();
        }
        // Where class caches would stand: recording them takes longer than all that is done here.
        Files.createFile(target.resolve("launcher"));
        return Files.copy(Path.of("../runnel"), root.resolve("runnel"));
    }

    /** A link of another name in a folder of its own, as packages make it; returns the link. */
    static Path link(Path launcher, Path link) throws IOException {
        Path folder = Files.createDirectories(link.toAbsolutePath().getParent());
        return Files.createSymbolicLink(link, folder.relativize(launcher));
    }
}
