package dev.runnel.age;

import dev.runnel.testkit.engine.EngineRig;
import dev.runnel.testkit.storage.Fault;
import dev.runnel.testkit.storage.FaultPlan;
import dev.runnel.testkit.storage.StoreOperation;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of engines with encrypted replicas stand on: keys, and a real database. */
@SuppressWarnings("NullAway.Init")
abstract class EncryptedEngineFixture {

    static final Duration A_WHILE = Duration.ofSeconds(40);

    static final FaultPlan LOST_WRITES = FaultPlan.builder()
            .with(Fault.LOST_REPLY, 0.4)
            .with(Fault.LOST_REQUEST, 0.2)
            .only(StoreOperation.PUT)
            .build();

    /** Of such a size that a snapshot has several chunks. */
    private static final String ROWS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 2000)"
            + " INSERT INTO users SELECT x, hex(randomblob(100)) FROM c";

    final Keys keys = Keys.generate();
    EngineRig rig;

    @BeforeEach
    void begin(@TempDir Path folder) {
        rig = new EngineRig(folder);
        fill();
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /** Makes the database. */
    void fill() {
        rig.sql("PRAGMA journal_mode=wal", "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)", ROWS);
    }

    void change() {
        rig.sql("UPDATE users SET name = hex(randomblob(100)) WHERE id % 50 = abs(random()) % 50");
    }
}
