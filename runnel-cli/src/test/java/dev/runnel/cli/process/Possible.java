package dev.runnel.cli.process;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** What not every machine allows, such as namespaces and mounts. */
final class Possible {

    private Possible() {}

    /**
     * Has the test shown as skipped, with the reason, where the machine does not allow it.
     *
     * @param prefix what is to run before a command
     * @param probe a command that ends well behind it where it is possible
     */
    static void require(String what, List<String> prefix, String... probe) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(probe));
        Child child = Child.start(new ProcessBuilder(command));
        int code = child.awaitEnd();
        if (code != 0) {
            String reason = "NOT TESTED: this machine does not allow " + what + " (" + command.get(0) + " gave " + code
                    + ": " + String.join(" ", child.err()) + ")";
            System.out.println(reason);
            Assumptions.abort(reason);
        }
    }
}
