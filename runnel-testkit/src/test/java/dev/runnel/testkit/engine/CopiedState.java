package dev.runnel.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.report.ReplicaReport;
import java.io.IOException;
import java.nio.file.Path;

/** What is done to a database and the copy of it that another engine has. */
final class CopiedState {

    private CopiedState() {}

    static void insert(EngineRig rig) {
        rig.sql("INSERT INTO t(v) VALUES (hex(randomblob(50)))");
    }

    static ReplicaReport replica(EngineRig rig) {
        return rig.report().replicas().get(0);
    }

    /** By another process: one that closes the files of a database gives up its locks on them. */
    static void copy(Path from, Path to) throws IOException, InterruptedException {
        Process cp =
                new ProcessBuilder("cp", "-r", "" + from, "" + to).inheritIO().start();
        assertThat(cp.waitFor()).isZero();
    }
}
