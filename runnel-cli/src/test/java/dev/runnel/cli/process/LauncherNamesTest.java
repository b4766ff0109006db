package dev.runnel.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher under the name that wrappers of Litestream call: a link, a link to a link, and a copy. */
class LauncherNamesTest {

    @TempDir
    Path folder;

    private Scene scene;
    private Path launcher;

    @BeforeEach
    void begin() throws IOException {
        scene = new Scene(folder);
        launcher = InstalledLauncher.in(folder.toRealPath());
    }

    @AfterEach
    void end() throws IOException {
        scene.close();
    }

    @Test
    void saysWhatLitestreamSays() throws IOException {
        scene.through(InstalledLauncher.link(launcher, scene.path("bin/litestream")));
        Scene.Run version = scene.run("version");
        assertThat(version.code()).as(version.text()).isZero();
        assertThat(version.err()).as(version.text()).isEmpty();
        assertThat(version.out()).as(version.text()).hasSize(1);
        assertThat(version.out().get(0)).matches("[0-9]+\\.[0-9]+\\.[0-9]+\\S*");

        Scene.Run usage = scene.run();
        assertThat(usage.code()).as(usage.text()).isEqualTo(1);
        assertThat(usage.err()).as(usage.text()).isEmpty();
        assertThat(usage.out())
                .as(usage.text())
                .contains("Usage:", "\tlitestream <command> [arguments]", "The commands are:")
                .noneMatch(line -> line.contains("runnel"));
        Scene.Run help = scene.run("restore", "-help");
        assertThat(help.code()).as(help.text()).isZero();
        assertThat(help.out()).as(help.text()).contains("\tlitestream restore [arguments] DB_PATH");

        Scene.Run unknown = scene.run("bogus");
        assertThat(unknown.code()).as(unknown.text()).isEqualTo(1);
        assertThat(unknown.out()).as(unknown.text()).isEmpty();
        assertThat(unknown.err()).as(unknown.text()).first().isEqualTo("Error: litestream bogus: unknown command");
        Scene.Run absent = scene.run("databases", "-config", scene.path("absent.yml"));
        assertThat(absent.code()).as(absent.text()).isEqualTo(1);
        assertThat(absent.err()).as(absent.text()).first().asString().startsWith("Error: config file not found: ");
    }

    @Test
    void aLinkToALinkAndACopyHaveTheirOwnName() throws IOException {
        Path link = InstalledLauncher.link(launcher, scene.path("bin/other"));
        for (Path named : new Path[] {
            InstalledLauncher.link(link, scene.path("usr/local/bin/litestream")),
            Files.copy(launcher, launcher.resolveSibling("litestream"))
        }) {
            scene.through(named);
            Scene.Run unknown = scene.run("bogus");
            assertThat(unknown.err()).as(unknown.text()).first().isEqualTo("Error: litestream bogus: unknown command");
        }
        scene.through(launcher);
        assertThat(scene.run("bogus").err()).first().isEqualTo("Error: runnel bogus: unknown command");
    }

    /** As a supervisor starts it that passes on nothing. */
    @Test
    void needsNoEnvironment() throws IOException {
        scene.withoutEnvironment().through(InstalledLauncher.link(launcher, scene.path("bin/litestream")));
        Scene.Run version = scene.run("version");
        assertThat(version.code()).as(version.text()).isZero();
        assertThat(version.out()).as(version.text()).hasSize(1);
    }
}
