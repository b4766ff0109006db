package dev.runnel.cli.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** What Prometheus' users expect to know of any process. Read when asked for, without the JDK's management classes. */
final class ProcessGauges {

    private static final Path STATUS = Path.of("/proc/self/status");

    void addTo(MetricsText out) {
        ProcessHandle.Info info = ProcessHandle.current().info();
        info.totalCpuDuration()
                .ifPresent(cpu ->
                        out.counter("process_cpu_seconds_total", "CPU time of the process.", cpu.toMillis() / 1000.0));
        info.startInstant()
                .map(Instant::toEpochMilli)
                .ifPresent(
                        start -> out.gauge("process_start_time_seconds", "When the process started.", start / 1000.0));
        residentBytes()
                .ifPresent(bytes ->
                        out.gauge("process_resident_memory_bytes", "Memory of the process that is in use.", bytes));
        Runtime runtime = Runtime.getRuntime();
        out.gauge(
                "jvm_memory_used_bytes",
                "Heap in use.",
                (double) runtime.totalMemory() - runtime.freeMemory(),
                "area",
                "heap");
        out.gauge("jvm_memory_max_bytes", "Heap allowed.", runtime.maxMemory(), "area", "heap");
    }

    private static Optional<Long> residentBytes() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmRSS:")) {
                    return Optional.of(Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
                }
            }
        } catch (IOException e) {
            return Optional.empty(); // not Linux
        }
        return Optional.empty();
    }
}
