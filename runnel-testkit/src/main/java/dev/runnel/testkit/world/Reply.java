package dev.runnel.testkit.world;

/**
 * What an application answered.
 *
 * @param code 0 for success, else SQLite's result code; -1 for another failure of the application
 * @param text the value, or the message
 */
record Reply(int code, String text) {

    static final int BUSY = 5;

    boolean ok() {
        return code == 0;
    }

    static Reply parse(String line) {
        String[] words = line.split("\t", 3);
        return switch (words[0]) {
            case "ok" -> new Reply(0, words.length > 1 ? words[1] : "");
            case "error" -> new Reply(Integer.parseInt(words[1]), words[2]);
            default -> throw new IllegalStateException("not a reply: " + line);
        };
    }

    /** The value; whatever is not ok is a defect of the test itself. */
    String require() {
        if (!ok()) {
            throw new IllegalStateException("SQLite said " + code + ": " + text);
        }
        return text;
    }

    @Override
    public String toString() {
        return ok() ? text.isEmpty() ? "ok" : text : code == BUSY ? "busy" : code + " " + text;
    }
}
