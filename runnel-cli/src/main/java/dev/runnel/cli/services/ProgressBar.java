package dev.runnel.cli.services;

import dev.runnel.cli.CliContext;
import dev.runnel.restore.RestoreProgress;
import java.io.PrintStream;

/** One line on a terminal that is written over as a restore proceeds. Thread-safe. */
final class ProgressBar implements RestoreProgress {

    private static final int WIDTH = 30;

    private final PrintStream err;
    private int shown = -1;

    private ProgressBar(PrintStream err) {
        this.err = err;
    }

    /** A bar on a terminal, nothing elsewhere. */
    static RestoreProgress on(CliContext context) {
        return "1".equals(context.environment().get("RUNNEL_TTY"))
                ? new ProgressBar(context.err())
                : RestoreProgress.NONE;
    }

    @Override
    public synchronized void progress(long doneBytes, long totalBytes) {
        int percent = totalBytes == 0 ? 100 : (int) Math.min(100, doneBytes * 100 / totalBytes);
        if (percent <= shown) {
            return;
        }
        shown = percent;
        int full = percent * WIDTH / 100;
        err.print("\rrestoring [" + "#".repeat(full) + " ".repeat(WIDTH - full) + "] " + percent + " % of "
                + (totalBytes >> 20) + " MiB" + (percent == 100 ? "\n" : ""));
    }
}
