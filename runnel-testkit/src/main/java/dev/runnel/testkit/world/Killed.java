package dev.runnel.testkit.world;

/**
 * The process under test was killed: nothing may go on after this but the end of the step. A {@link VirtualMachineError},
 * so that nobody who handles failures handles it.
 */
final class Killed extends VirtualMachineError {

    private static final long serialVersionUID = 1L;

    private final transient Killer.Occasion occasion;

    Killed(Killer.Occasion occasion, String where) {
        super("killed " + where);
        this.occasion = occasion;
    }

    Killer.Occasion occasion() {
        return occasion;
    }
}
