package dev.runnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rails that Docker Compose deploys. */
class RailsComposeInitTest extends InitFixture {

    private static final String COMPOSE = """
            # The shop and its mail.
            services:
              mail:
                image: axllent/mailpit
                volumes:
                  - mail:/data
              web:
                build: .
                environment:
                  RAILS_ENV: production
                ports: ["80:80"]
                volumes:
                  - storage:/rails/storage # all four databases

            volumes:
              mail:
              storage:
            """;

    @BeforeEach
    void rails() throws IOException {
        write("config/database.yml", """
                production:
                  primary:
                    adapter: sqlite3
                    database: storage/production.sqlite3
                  cache:
                    adapter: sqlite3
                    database: /rails/storage/production_cache.sqlite3
                """);
        write("Dockerfile", "FROM ruby AS base\nWORKDIR /rails\nRUN true\n");
    }

    @Test
    void theServiceStandsBesideTheApplication() throws IOException {
        write("compose.yaml", COMPOSE);
        CliHarness.Run run = init("-image", "ghcr.io/me/runnel:1");
        succeeds(run);
        assertThat(run.out())
                .contains(
                        "Rails application with Compose",
                        "created    config/litestream.yml",
                        "changed    compose.yaml",
                        "created    config/initializers/litestream.rb",
                        "LITESTREAM_SECRET_ACCESS_KEY in .env",
                        "then: docker compose up -d litestream")
                .doesNotContain("Procfile");
        assertThat(read("compose.yaml"))
                .isEqualTo(COMPOSE.replace("# all four databases\n", """
                # all four databases
                  litestream:
                    image: ghcr.io/me/runnel:1
                    command: replicate
                    restart: unless-stopped
                    working_dir: /rails
                    volumes:
                      - ./config/litestream.yml:/etc/litestream.yml:ro
                      - storage:/rails/storage:ro
                      - litestream-state:/var/lib/runnel
                    environment:
                      LITESTREAM_REPLICA_BUCKET: ${LITESTREAM_REPLICA_BUCKET:-}
                      LITESTREAM_REPLICA_REGION: ${LITESTREAM_REPLICA_REGION:-}
                      LITESTREAM_REPLICA_ENDPOINT: ${LITESTREAM_REPLICA_ENDPOINT:-}
                      LITESTREAM_ACCESS_KEY_ID: ${LITESTREAM_ACCESS_KEY_ID:-}
                      LITESTREAM_SECRET_ACCESS_KEY: ${LITESTREAM_SECRET_ACCESS_KEY:-}
                    healthcheck:
                      test: [CMD, litestream, databases]
                      interval: 30s
                      timeout: 5s
                      start_period: 60s
                """) + "  litestream-state:\n");
        assertThat(read("config/litestream.yml"))
                .contains("- path: /rails/storage/production.sqlite3\n", "  path: storage/production.sqlite3\n")
                .contains("- path: /rails/storage/production_cache.sqlite3\n", "retention: 24h\n");
    }

    @Test
    void aSecondRunAndADryRunChangeNothing() throws IOException {
        write("docker-compose.yml", COMPOSE);
        Map<String, String> untouched = files();
        CliHarness.Run dry = init("-dry-run");
        succeeds(dry);
        assertThat(dry.out())
                .contains("+++ b/docker-compose.yml\n", "+  litestream:\n", "+++ b/config/litestream.yml\n");
        assertThat(files()).isEqualTo(untouched);

        succeeds(init());
        Map<String, String> before = files();
        CliHarness.Run again = init();
        succeeds(again);
        assertThat(files()).isEqualTo(before);
        assertThat(again.out()).contains("unchanged  docker-compose.yml").doesNotContain("created", "  changed");
        assertThat(init("-dry-run").out()).isEmpty();
    }

    @Test
    void theWorkingDirectoryOfTheServiceComesBeforeThatOfTheImage() throws IOException {
        write("config/database.yml", """
                production:
                  adapter: sqlite3
                  database: storage/production.sqlite3
                """);
        write("compose.yaml", """
                services:
                  web:
                    image: me/shop
                    working_dir: /srv/shop
                    volumes: [ "./data:/srv/shop/storage" ]
                """);
        succeeds(init());
        assertThat(read("compose.yaml"))
                .contains("    working_dir: /srv/shop\n    volumes:\n", "      - ./data:/srv/shop/storage:ro\n");
        assertThat(read("config/litestream.yml")).contains("- path: /srv/shop/storage/production.sqlite3\n");
    }

    /** What a deployment would lose is told; the rest is done, for the file may serve development only. */
    @Test
    void databasesInNoVolumeAreTold() throws IOException {
        write("compose.yaml", COMPOSE.replace("/rails/storage #", "/rails/log #"));
        Map<String, String> before = files();
        CliHarness.Run run = init();
        succeeds(run);
        assertThat(run.out())
                .contains("no volume of service `web` in compose.yaml holds /rails/storage/production.sqlite3");
        assertThat(files().get("compose.yaml")).isEqualTo(before.get("compose.yaml"));
        assertThat(read("config/litestream.yml")).contains("- path: storage/production.sqlite3\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "services:\n  mail:\n    image: axllent/mailpit\n    volumes: [ 'mail:/data' ]\n",
                "services:\n  web:\n    build: .\n    environment: { RAILS_ENV: development }\n    volumes: [ '.:/rails' ]\n",
                "services:\n  web:\n    build: .\n    environment: [ RAILS_ENV=test ]\n    volumes: [ '.:/rails' ]\n",
                "services: {}\n",
            })
    void aFileWithoutTheDeployedApplicationIsLeftAlone(String compose) throws IOException {
        write("compose.yaml", compose);
        CliHarness.Run run = init();
        succeeds(run);
        assertThat(run.out()).contains("Rails application\n").doesNotContain("compose");
        assertThat(read("compose.yaml")).isEqualTo(compose);
        assertThat(read("Procfile")).contains("rails: bin/rails server");
        assertThat(read("config/litestream.yml")).contains("- path: storage/production.sqlite3\n");
    }

    @Test
    void kamalComesFirst() throws IOException {
        write("compose.yaml", COMPOSE);
        write("config/deploy.yml", """
                service: shop
                servers: [ 10.0.0.1 ]
                volumes:
                  - shop_storage:/rails/storage
                """);
        CliHarness.Run run = init();
        succeeds(run);
        assertThat(run.out()).contains("Rails application with Kamal\n");
        assertThat(read("compose.yaml")).isEqualTo(COMPOSE);
    }
}
