package dev.runnel.engine;

import dev.runnel.model.TimeSource;
import dev.runnel.source.DescriptorRegistry;
import dev.runnel.source.KernelLocks;
import java.util.random.RandomGenerator;

/**
 * What the engine takes from its surroundings, so that a test can put its own in place.
 *
 * @param time clock
 * @param scheduler runs tasks
 * @param fileEvents wakes idle databases
 * @param random jitter
 * @param descriptors owner of all descriptors on databases; one per process
 * @param kernelLocks what the kernel tells of others' locks
 * @param journalSwitch brings databases into WAL mode, or does not
 */
public record EngineContext(
        TimeSource time,
        Scheduler scheduler,
        FileEvents fileEvents,
        RandomGenerator random,
        DescriptorRegistry descriptors,
        KernelLocks kernelLocks,
        JournalSwitch journalSwitch) {}
