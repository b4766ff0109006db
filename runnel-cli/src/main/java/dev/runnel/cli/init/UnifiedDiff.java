package dev.runnel.cli.init;

import java.util.ArrayList;
import java.util.List;

/** Prints changes in the form that {@code patch} and {@code git apply} read. */
public final class UnifiedDiff {

    private static final int CONTEXT = 3;

    private UnifiedDiff() {}

    /** The difference that a change makes; empty if it makes none. */
    public static String of(FileChange change) {
        if (change.isNone()) {
            return "";
        }
        List<String> before = lines(change.before() == null ? "" : change.before());
        List<String> after = lines(change.after());
        StringBuilder text = new StringBuilder();
        text.append("--- ")
                .append(change.before() == null ? "/dev/null" : "a/" + change.path())
                .append('\n');
        text.append("+++ b/").append(change.path()).append('\n');
        List<String> script = script(before, after);
        int at = 0;
        while (at < script.size()) {
            int from = at;
            while (from < script.size() && script.get(from).charAt(0) == ' ') {
                from++;
            }
            if (from == script.size()) {
                break;
            }
            int to = endOfHunk(script, from);
            hunk(script, Math.max(at, from - CONTEXT), to, text);
            at = to;
        }
        return text.toString();
    }

    /** Changes that are no further apart than twice the context are one hunk. */
    private static int endOfHunk(List<String> script, int from) {
        int last = from;
        for (int i = from; i < script.size() && i - last <= 2 * CONTEXT; i++) {
            if (script.get(i).charAt(0) != ' ') {
                last = i;
            }
        }
        return Math.min(script.size(), last + 1 + CONTEXT);
    }

    private static void hunk(List<String> script, int from, int to, StringBuilder text) {
        long beforeStart = script.subList(0, from).stream()
                .filter(line -> line.charAt(0) != '+')
                .count();
        long afterStart = script.subList(0, from).stream()
                .filter(line -> line.charAt(0) != '-')
                .count();
        List<String> lines = script.subList(from, to);
        long beforeCount = lines.stream().filter(line -> line.charAt(0) != '+').count();
        long afterCount = lines.stream().filter(line -> line.charAt(0) != '-').count();
        text.append("@@ -").append(range(beforeStart, beforeCount)).append(" +").append(range(afterStart, afterCount));
        text.append(" @@\n");
        for (String line : lines) {
            text.append(line);
            if (!line.endsWith("\n")) {
                text.append("\n\\ No newline at end of file\n");
            }
        }
    }

    private static String range(long start, long count) {
        return (count == 0 ? start : start + 1) + "," + count;
    }

    /** Lines of both texts, each behind a blank, {@code -} or {@code +}. */
    private static List<String> script(List<String> before, List<String> after) {
        int least = Math.min(before.size(), after.size());
        int head = 0;
        while (head < least && before.get(head).equals(after.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < least - head && before.get(before.size() - 1 - tail).equals(after.get(after.size() - 1 - tail))) {
            tail++;
        }
        List<String> script = new ArrayList<>();
        before.subList(0, head).forEach(line -> script.add(" " + line));
        script.addAll(middle(before.subList(head, before.size() - tail), after.subList(head, after.size() - tail)));
        before.subList(before.size() - tail, before.size()).forEach(line -> script.add(" " + line));
        return script;
    }

    /** By a longest common subsequence. */
    private static List<String> middle(List<String> before, List<String> after) {
        int[][] common = new int[before.size() + 1][after.size() + 1];
        for (int i = before.size() - 1; i >= 0; i--) {
            for (int j = after.size() - 1; j >= 0; j--) {
                common[i][j] = before.get(i).equals(after.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        List<String> script = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < before.size() || j < after.size()) {
            if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
                script.add(" " + before.get(i++));
                j++;
            } else if (i < before.size() && (j == after.size() || common[i + 1][j] >= common[i][j + 1])) {
                script.add("-" + before.get(i++));
            } else {
                script.add("+" + after.get(j++));
            }
        }
        return script;
    }

    /** Lines with their ends. */
    private static List<String> lines(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split("(?<=\n)"));
    }
}
