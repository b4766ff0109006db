package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code init} finds and writes. */
class InitCommandTest extends InitFixture {

    private static final String DATABASES = """
            default: &default
              adapter: sqlite3
              pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>
              timeout: 5000

            development:
              <<: *default
              database: storage/development.sqlite3

            # Kept in a volume, see config/deploy.yml.
            production:
              primary:
                <<: *default
                database: storage/production.sqlite3
              cache:
                <<: *default
                database: storage/production_cache.sqlite3
                migrations_paths: db/cache_migrate
              queue:
                <<: *default
                database: <%= ENV.fetch("QUEUE_DATABASE", "storage/production_queue.sqlite3") %>
              cable:
                <<: *default
                database: /rails/storage/production_cable.sqlite3
              audit:
                <<: *default
                database_tasks: false
                database: storage/audit.sqlite3
              reading:
                <<: *default
                database: ./storage/production.sqlite3
                replica: true
              warehouse:
                adapter: postgresql
                database: warehouse
            """;

    private static final String DEPLOY = """
            # Name of your application.
            service: shop
            image: me/shop

            servers:
              web:
                - 192.168.0.1 # the one
              # job:
              #   hosts:
              #     - 192.168.0.2

            volumes:
              - "shop_storage:/rails/storage"

            accessories:
              redis:
                image: valkey/valkey:8
                host: 192.168.0.2
                # port: 6379

            # The end.
            builder:
              arch: amd64
            """;

    private void rails() throws IOException {
        write("config/database.yml", DATABASES);
        write("config/deploy.yml", DEPLOY);
        write(".kamal/secrets", "RAILS_MASTER_KEY=$(cat config/master.key)\nLITESTREAM_ACCESS_KEY_ID=$(op read key)");
        write("Procfile", "web: bin/rails server\n");
    }

    @Test
    void railsWithKamal() throws IOException {
        rails();
        CliHarness.Run run = init("-image", "ghcr.io/me/runnel:1");
        succeeds(run);
        assertThat(run.out())
                .contains(
                        "Rails application with Kamal",
                        "created    config/litestream.yml",
                        "changed    config/deploy.yml",
                        "changed    .kamal/secrets",
                        "created    config/initializers/litestream.rb",
                        "changed    Procfile",
                        "if QUEUE_DATABASE is set in production")
                .doesNotContain("RAILS_MAX_THREADS");
        assertThat(read("config/deploy.yml")).isEqualTo(DEPLOY.replace("    # port: 6379\n", """
                    # port: 6379
                  litestream:
                    image: ghcr.io/me/runnel:1
                    host: 192.168.0.1
                    cmd: replicate
                    files:
                      - config/litestream.yml:/etc/litestream.yml
                    volumes:
                      - shop_storage:/rails/storage:ro
                      - shop_litestream:/var/lib/runnel
                    env:
                      secret:
                        - LITESTREAM_REPLICA_BUCKET
                        - LITESTREAM_REPLICA_REGION
                        - LITESTREAM_REPLICA_ENDPOINT
                        - LITESTREAM_ACCESS_KEY_ID
                        - LITESTREAM_SECRET_ACCESS_KEY
                    options:
                      workdir: /rails
                      health-cmd: litestream databases
                      health-interval: 30s
                      health-timeout: 5s
                      health-start-period: 60s
                """));
        assertThat(read(".kamal/secrets")).isEqualTo("""
                RAILS_MASTER_KEY=$(cat config/master.key)
                LITESTREAM_ACCESS_KEY_ID=$(op read key)
                LITESTREAM_REPLICA_BUCKET=$LITESTREAM_REPLICA_BUCKET
                LITESTREAM_REPLICA_REGION=$LITESTREAM_REPLICA_REGION
                LITESTREAM_REPLICA_ENDPOINT=$LITESTREAM_REPLICA_ENDPOINT
                LITESTREAM_SECRET_ACCESS_KEY=$LITESTREAM_SECRET_ACCESS_KEY
                """);
        assertThat(read("Procfile")).isEqualTo("""
                web: bin/rails server
                litestream: runnel replicate -config config/litestream.yml
                """);
        String initializer = read("config/initializers/litestream.rb");
        assertThat(initializer.lines()).allMatch(line -> line.startsWith("#"));
    }

    /** As the daemon reads it, with AWS, where the endpoint is set to nothing. */
    @Test
    void theConfigurationIsOneThatRunnelReads() throws IOException {
        rails();
        succeeds(init());
        for (String variable : List.of("REPLICA_BUCKET", "REPLICA_REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")) {
            cli.environment.put("LITESTREAM_" + variable, "eu-central-1");
        }
        cli.environment.put("LITESTREAM_REPLICA_ENDPOINT", "");
        String config = project.resolve("config/litestream.yml").toString();
        CliHarness.Run run = cli.run("config", "check", "-offline", "-config", config);
        succeeds(run);
        assertThat(run.out()).doesNotContain("note:");
        assertThat(run.out().lines().filter(line -> line.startsWith("database ")))
                .containsExactly(
                        "database /rails/storage/production.sqlite3",
                        "database /rails/storage/production_cache.sqlite3",
                        "database /rails/storage/production_queue.sqlite3",
                        "database /rails/storage/production_cable.sqlite3",
                        "database /rails/storage/audit.sqlite3");
        assertThat(run.out()
                        .lines()
                        .map(String::strip)
                        .filter(line -> line.startsWith("retention "))
                        .map(line -> line.split("\\s+")[1]))
                .containsExactly("720h0m0s", "24h0m0s", "72h0m0s", "24h0m0s", "720h0m0s");
        assertThat(read("config/litestream.yml"))
                .contains("""
                      path: storage/production_cache.sqlite3
                """.indent(2).stripTrailing(), "sync-interval: 10s", "snapshot-interval: 6h");
    }

    @Test
    void aSecondRunChangesNothing() throws IOException {
        rails();
        succeeds(init());
        Map<String, String> before = files();
        CliHarness.Run again = init();
        succeeds(again);
        assertThat(files()).isEqualTo(before);
        assertThat(again.out()).contains("unchanged").doesNotContain("created", "  changed");
        assertThat(init("-dry-run").out()).isEmpty();
    }

    @Test
    void aDryRunPrintsTheDifferenceAndChangesNothing() throws IOException {
        rails();
        Map<String, String> before = files();
        CliHarness.Run run = init("-dry-run");
        succeeds(run);
        assertThat(files()).isEqualTo(before);
        assertThat(run.out()).contains("""
                --- /dev/null
                +++ b/config/litestream.yml
                @@ -0,0 +1,""", """
                --- a/config/deploy.yml
                +++ b/config/deploy.yml
                @@ -17,6 +17,28 @@
                     image: valkey/valkey:8
                     host: 192.168.0.2
                     # port: 6379
                +  litestream:
                +    image: runnel
                """, """
                --- a/.kamal/secrets
                +++ b/.kamal/secrets
                @@ -1,2 +1,6 @@
                 RAILS_MASTER_KEY=$(cat config/master.key)
                -LITESTREAM_ACCESS_KEY_ID=$(op read key)
                \\ No newline at end of file
                +LITESTREAM_ACCESS_KEY_ID=$(op read key)
                """);
    }

    @Test
    void deployFilesWithoutAccessoriesGetThemAtTheEnd() throws IOException {
        write("config/database.yml", DATABASES);
        String deploy = """
                <% require "dotenv" %>
                service: shop
                servers:
                  - <%= ENV["HOST"] %>
                volumes: [ "/srv/shop:/rails/storage:rw,z" ]
                # accessories:
                #   db:
                #     image: mysql""".replace("\n", "\r\n");
        write("config/deploy.yml", deploy);
        succeeds(init());
        String after = read("config/deploy.yml");
        assertThat(after)
                .startsWith(deploy + "\r\n\r\naccessories:\r\n  litestream:\r\n    image: runnel\r\n"
                        + "    host: <%= ENV[\"HOST\"] %>\r\n")
                .contains("- /srv/shop:/rails/storage:ro,z\r\n");
        assertThat(after.replace("\r\n", "")).doesNotContain("\n");
        Map<String, String> before = files();
        succeeds(init());
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void railsWithoutKamalKeepsRelativePaths() throws IOException {
        write("config/database.yml", """
                production:
                  adapter: sqlite3
                  database: storage/production.sqlite3
                """);
        write("Gemfile", "source 'https://rubygems.org'\ngem \"litestream\"\n");
        succeeds(init());
        assertThat(files())
                .containsOnlyKeys(
                        "Gemfile",
                        "Procfile",
                        "config/database.yml",
                        "config/initializers/litestream.rb",
                        "config/litestream.yml");
        assertThat(read("config/litestream.yml")).contains("  - path: storage/production.sqlite3\n");
        assertThat(read("Procfile")).isEqualTo("""
                rails: bin/rails server -p $PORT
                litestream: bin/rails litestream:replicate
                """);
    }

    /** As the gem's generator leaves it, with a database fewer, and changed by hand. */
    @Test
    void anExistingConfigurationGetsOnlyWhatItLacks() throws IOException {
        rails();
        String own = """
                # ours
                addr: ":9090"
                dbs:
                - path: storage/production.sqlite3   # relative, as the gem has it
                  replicas:
                  - url: s3://elsewhere/x

                # behind
                snapshot:
                  interval: 12h
                """;
        write("config/litestream.yml", own);
        write("config/initializers/litestream.rb", "# mine\n");
        succeeds(init());
        String after = read("config/litestream.yml");
        assertThat(after)
                .startsWith(own.substring(0, own.indexOf("\n# behind"))
                        + "- path: /rails/storage/production_cache.sqlite3\n  replicas:\n    - type: s3\n");
        assertThat(after).endsWith(own.substring(own.indexOf("\n# behind")));
        assertThat(after.lines().filter(line -> line.startsWith("- path: "))).hasSize(5);
        assertThat(read("config/initializers/litestream.rb")).isEqualTo("# mine\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "ENV.fetch('DB') { 'a/b.db' } ; a/b.db",
                "ENV.fetch(\"DB\", \"/a/b.db\") ; /a/b.db",
                "ENV['DB'] || 'a/b.db' ; a/b.db",
                "Rails.root.join('a', 'b.db') ; a/b.db",
                "ENV.fetch('DB') { Rails.root.join(\"a/b.db\") } ; a/b.db",
            })
    void defaultsOfRuby(String code, String path) throws IOException {
        write("config/database.yml", "production:\n  adapter: sqlite3\n  database: <%= " + code + " %>\n");
        succeeds(init());
        assertThat(read("config/litestream.yml")).contains("- path: " + path + "\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "production:\n  adapter: sqlite3\n  database: <%= ENV['DB'] %>\n",
                "production:\n  adapter: sqlite3\n  database: <%= \"#{Dir.pwd}/x\" %>\n",
                "<% if x %>\nproduction:\n  adapter: sqlite3\n  database: x.db\n<% end %>\n",
                "production: [\n",
                "production:\n  adapter: postgresql\n  database: x\n",
                "production:\n  adapter: sqlite3\n  database: ':memory:'\n",
            })
    void databasesThatAreNotUnderstood(String text) throws IOException {
        rails();
        write("config/database.yml", text);
        Map<String, String> before = files();
        CliHarness.Run run = init();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).startsWith("Error: config/database.yml: ").doesNotContain("Exception");
        assertThat(files()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "accessories: { redis: { image: x } }",
                "x-a: &a\n  redis:\n    image: x\naccessories: *a",
                "accessories: []",
            })
    void accessoriesThatAreNotUnderstoodAreToldByHand(String accessories) throws IOException {
        rails();
        write("config/deploy.yml", """
                service: shop
                servers: [ 10.0.0.1 ]
                volumes:
                  - "shop_storage:/rails/storage"
                """ + accessories + "\n");
        Map<String, String> before = files();
        CliHarness.Run run = init();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("Error: config/deploy.yml: ")
                .contains(
                        "Nothing was changed. Add by hand, under `accessories:`:\n\n  litestream:\n    image: runnel\n");
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void aDeploymentThatLosesItsDatabaseIsTold() throws IOException {
        rails();
        write("config/deploy.yml", DEPLOY.replace("/rails/storage", "/elsewhere"));
        Map<String, String> before = files();
        CliHarness.Run run = init();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("no volume holds /rails/storage/production.sqlite3", "shop_storage:/rails/storage");
        assertThat(files()).isEqualTo(before);
        write("config/deploy.yml", DEPLOY.replace("    - 192.168.0.1 # the one", "    cmd: bin/jobs"));
        assertThat(init().err()).contains("cannot tell the host");
    }

    @Test
    void aFileThatCannotBeWrittenLeavesAllAsTheyWere() throws IOException {
        rails();
        Files.delete(project.resolve(".kamal/secrets"));
        Files.delete(project.resolve(".kamal"));
        write(".kamal", "a file in the way");
        Map<String, String> before = new TreeMap<>();
        for (String file : List.of("config/database.yml", "config/deploy.yml", "Procfile", ".kamal")) {
            before.put(file, read(file));
        }
        CliHarness.Run run = init();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains(".kamal");
        assertThat(files()).containsOnlyKeys(before.keySet());
        for (Map.Entry<String, String> file : before.entrySet()) {
            assertThat(read(file.getKey())).isEqualTo(file.getValue());
        }
    }

    @Test
    void permissionsAndLinksStay() throws IOException {
        rails();
        Path secrets = project.resolve(".kamal/secrets");
        Files.setPosixFilePermissions(secrets, PosixFilePermissions.fromString("rw-r-----"));
        Path elsewhere = Files.move(project.resolve("Procfile"), folder.resolve("Procfile.shared"));
        Files.createSymbolicLink(project.resolve("Procfile"), elsewhere);
        succeeds(init());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secrets)))
                .isEqualTo("rw-r-----");
        assertThat(project.resolve("Procfile")).isSymbolicLink();
        assertThat(Files.readString(elsewhere)).contains("litestream: ");
    }

    @Test
    void springBoot() throws IOException {
        write("src/main/resources/application.properties", """
                spring.datasource.url=jdbc:sqlite:${DB_PATH:data/app.db}?journal_mode=WAL
                spring.datasource.hikari.maximum-pool-size=1
                """);
        write("src/main/resources/application-prod.yml", """
                version: @project.version@
                ---
                app:
                  audit:
                    url: "jdbc:sqlite:/var/lib/app/audit.db"
                  scratch: 'jdbc:sqlite::memory:'
                  shared: "jdbc:sqlite:file:x?mode=memory&cache=shared"
                """);
        CliHarness.Run run = init();
        succeeds(run);
        assertThat(run.out()).contains("Spring Boot", "if DB_PATH is set");
        assertThat(read("litestream.yml")
                        .lines()
                        .filter(line -> line.contains("path: "))
                        .map(String::strip))
                .containsExactly(
                        "- path: data/app.db",
                        "path: data/app.db",
                        "- path: /var/lib/app/audit.db",
                        "path: var/lib/app/audit.db");
        Map<String, String> before = files();
        succeeds(init());
        assertThat(files()).isEqualTo(before);
        write("src/main/resources/application.properties", "spring.datasource.url=jdbc:sqlite:${DB_PATH}\n");
        assertThat(init().err()).contains("${DB_PATH} has no default");
    }

    @Test
    void compose() throws IOException {
        write("compose.yaml", """
                services:
                  # the shop
                  web:
                    build: .
                    environment:
                      - DATABASE_URL=sqlite:///data/shop.db?mode=rwc
                    volumes:
                      - data:/data
                  worker:
                    environment:
                      DB: jdbc:sqlite:/jobs/jobs.sqlite3
                    volumes:
                      - type: bind
                        source: ./jobs
                        target: /jobs

                volumes:
                  data:
                """);
        CliHarness.Run run = init();
        succeeds(run);
        assertThat(read("compose.yaml"))
                .contains("""
                        target: /jobs
                  litestream:
                    image: runnel
                    command: replicate
                """, """
                      - ./litestream.yml:/etc/litestream.yml:ro
                      - data:/data:ro
                      - ./jobs:/jobs:ro
                      - litestream-state:/var/lib/runnel
                """, "test: [CMD, litestream, databases]")
                .endsWith("\nvolumes:\n  data:\n  litestream-state:\n");
        assertThat(read("litestream.yml")).contains("- path: /data/shop.db\n", "- path: /jobs/jobs.sqlite3\n");
        Map<String, String> before = files();
        succeeds(init());
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void plain() throws IOException {
        write("data/app.db", "SQLite format 3\0 and so on");
        write("data/other.db", "something else");
        write("node_modules/x/y.db", "SQLite format 3\0 and so on");
        succeeds(init());
        assertThat(files()).containsOnlyKeys("data/app.db", "data/other.db", "litestream.yml", "node_modules/x/y.db");
        assertThat(read("litestream.yml").lines().filter(line -> line.startsWith("  - path")))
                .containsExactly("  - path: data/app.db");
    }

    @Test
    void whatIsNothingOfAllThisIsTold() throws IOException {
        assertThat(init().err()).contains("found neither a Rails application");
        assertThat(init("-app-root", "x").err()).contains("must be an absolute path");
        assertThat(cli.run("init", project.resolve("absent").toString()).err()).contains("no such directory");
    }
}
