package dev.runnel.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Entries with {@code dir}. */
class DirectoryConfigTest {

    @TempDir
    private Path folder;

    private Path data = Path.of("unused");

    @BeforeEach
    void files() throws IOException {
        data = Files.createDirectories(folder.resolve("data"));
        database("b.db");
        database("a.db");
        database("tenants/one/c.db");
        database("notes.sqlite");
        Files.writeString(data.resolve("text.db"), "no database");
        Files.writeString(data.resolve("empty.db"), "");
    }

    private void database(String name) throws IOException {
        Path file = data.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, "SQLite format 3\0and more".getBytes(StandardCharsets.US_ASCII));
    }

    private RunnelConfig load(String entry) throws IOException, ConfigException {
        Path file = Files.writeString(folder.resolve("c.yml"), "dbs:\n  - dir: " + data + "\n" + entry.indent(4));
        return new ConfigLoader(new PathRules(folder, folder), Map.of(), List.of()).load(file.toString(), true);
    }

    private List<String> paths(String entry) throws IOException, ConfigException {
        return load(entry).databases().stream()
                .map(database -> data.relativize(database.path()).toString())
                .toList();
    }

    private void assertRefused(String entry, String message) {
        assertThatThrownBy(() -> load(entry))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void databasesAreFoundByNameAndContent() throws Exception {
        assertThat(paths("pattern: '*.db'\nreplica: {path: /backup}\n")).containsExactly("a.db", "b.db");
        assertThat(paths("pattern: '*.db'\nrecursive: true\nreplica: {path: /backup}\n"))
                .containsExactly("a.db", "b.db", "tenants/one/c.db");
        assertThat(paths("pattern: '[a]*'\nreplica: {path: /backup}\n")).containsExactly("a.db");
        assertThat(paths("pattern: '*.none'\nwatch: true\nreplica: {path: /backup}\n"))
                .isEmpty();
    }

    @Test
    void eachHasAPlaceOfItsOwnInEveryReplica() throws Exception {
        RunnelConfig config = load("""
                pattern: "*.db"
                recursive: yes
                replicas:
                  - path: /backup
                  - url: s3://bucket/base?endpoint=minio:9000
                    sync-interval: 5s
                  - type: s3
                    bucket: other
                """);
        DatabaseConfig last = config.databases().get(2);
        assertThat(last.replicas())
                .extracting(replica -> replica.target().location())
                .containsExactly(
                        "file:///backup/tenants/one/c.db",
                        "s3://bucket/base/tenants/one/c.db?endpoint=https://minio:9000",
                        "s3://other/tenants/one/c.db");
        assertThat(last.replicas().get(1).policy().syncInterval()).hasSeconds(5);
        assertThat(last.stateDir()).isNull();
    }

    @Test
    void stateStandsWhereTheKeySays() throws Exception {
        String entry = "pattern: c.db\nrecursive: true\nreplica: {path: /backup}\n";
        assertThat(load(entry + "meta-path: /state").databases().get(0).stateDir())
                .isEqualTo(Path.of("/state/tenants/one/.c.db-litestream"));
        assertThat(load(entry + "meta-dir: /state").databases().get(0).stateDir())
                .isEqualTo(Path.of("/state/tenants/one/c.db-litestream"));
        assertRefused(entry + "meta-dir: /a\nmeta-path: /b", "`meta-path`, `meta-dir` and `state-dir` exclude");
    }

    @Test
    void aDatabaseThatIsNamedAsWellKeepsItsOwnSettings() throws Exception {
        Path file = Files.writeString(folder.resolve("c.yml"), """
                dbs:
                  - {dir: DATA, pattern: "*.db", replica: {path: /backup}}
                  - {path: DATA/a.db, replica: {path: /special}}
                """.replace("DATA", data.toString()));
        RunnelConfig config =
                new ConfigLoader(new PathRules(folder, folder), Map.of(), List.of()).load(file.toString(), true);
        assertThat(config.databases()).hasSize(2);
        assertThat(config.database(data.resolve("a.db"))
                        .orElseThrow()
                        .replicas()
                        .get(0)
                        .target()
                        .location())
                .isEqualTo("file:///special");
    }

    @Test
    void whatIsWrongIsTold() {
        assertRefused("replica: {path: /backup}\n", "c.yml:2: a `dir` needs a `pattern`");
        assertRefused("pattern: '[a'\nreplica: {path: /b}\n", "`pattern`: a bracket without its end");
        assertRefused("pattern: '*'\npath: x.db\nreplica: {path: /b}\n", "`path` and `dir` exclude each other");
        assertRefused("pattern: '*.none'\nreplica: {path: /b}\n", "c.yml:2: no databases in " + data + " match");
        assertThat(Configs.refusal("dbs:\n  - path: a.db\n    watch: true\n    replica: {path: /b}\n"))
                .isEqualTo("c.yml:3: `watch` goes with `dir`, a directory of databases");
    }

    @Test
    void aDirectoryThatIsNotThereIsAnError() {
        data = folder.resolve("absent");
        assertRefused("pattern: '*'\nreplica: {path: /b}\n", "cannot read directory " + data);
    }

    @Test
    void patternsAreThoseOfGo() {
        assertThat(FileNamePattern.parse("*.db").matches(".hidden.db")).isTrue();
        assertThat(FileNamePattern.parse("a?.db").matches("ab.db")).isTrue();
        assertThat(FileNamePattern.parse("a?.db").matches("a.db")).isFalse();
        assertThat(FileNamePattern.parse("[^a-c]x").matches("dx")).isTrue();
        assertThat(FileNamePattern.parse("[^a-c]x").matches("bx")).isFalse();
        assertThat(FileNamePattern.parse("\\*").matches("*")).isTrue();
        assertThat(FileNamePattern.parse("\\*").matches("a")).isFalse();
        assertThat(FileNamePattern.parse("{a,b}").matches("a")).isFalse();
        assertThat(FileNamePattern.parse("[&&a]").matches("&")).isTrue();
    }
}
