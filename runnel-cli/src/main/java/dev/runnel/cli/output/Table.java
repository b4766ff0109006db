package dev.runnel.cli.output;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A table as Go's {@code tabwriter} prints it with a padding of two spaces: each column as wide as its widest cell and
 * the padding, the last one without trailing spaces. Not thread-safe.
 */
public final class Table {

    private static final int PADDING = 2;

    private final List<List<String>> rows = new ArrayList<>();

    /** A table with a header line. */
    public Table(String... header) {
        rows.add(List.of(header));
    }

    /** Adds a line; each cell is written with its {@code toString()}. */
    public Table row(Object... cells) {
        if (cells.length != rows.get(0).size()) {
            throw new IllegalArgumentException("a row of " + cells.length + " cells under a header of "
                    + rows.get(0).size());
        }
        List<String> row = new ArrayList<>(cells.length);
        for (Object cell : cells) {
            row.add(cell.toString());
        }
        rows.add(row);
        return this;
    }

    /** Writes the table, one line a row, each ended by a line feed. */
    public void print(PrintStream out) {
        int[] widths = widths();
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                text.append(row.get(i));
                if (i < row.size() - 1) {
                    text.append(" ".repeat(widths[i] + PADDING - width(row.get(i))));
                }
            }
            text.append('\n');
        }
        out.print(text);
    }

    private int[] widths() {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        return widths;
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
