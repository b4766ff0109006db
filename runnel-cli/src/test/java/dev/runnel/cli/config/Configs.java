package dev.runnel.cli.config;

import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Path;
import java.util.Map;

/** Reads configurations that stand in tests. */
final class Configs {

    static final PathRules PATHS = new PathRules(Path.of("/home/me"), Path.of("/srv/app"));

    private Configs() {}

    static RunnelConfig parse(String yaml) throws ConfigException {
        return parse(yaml, Map.of());
    }

    static RunnelConfig parse(String yaml, Map<String, String> environment) throws ConfigException {
        return new ConfigParser(PATHS, environment, () -> 4711).parse("c.yml", yaml, true);
    }

    /** The message with which {@code yaml} is refused. */
    static String refusal(String yaml, Map<String, String> environment) {
        try {
            RunnelConfig config = parse(yaml, environment);
            return fail("accepted: " + config);
        } catch (ConfigException e) {
            return String.valueOf(e.getMessage());
        }
    }

    static String refusal(String yaml) {
        return refusal(yaml, Map.of());
    }

    /** The only replica of the only database. */
    static ReplicaConfig replica(String yaml) throws ConfigException {
        return parse(yaml).databases().get(0).replicas().get(0);
    }

    /** The S3 target of the only replica. */
    static S3Target s3(String yaml) throws ConfigException {
        return (S3Target) replica(yaml).target();
    }
}
