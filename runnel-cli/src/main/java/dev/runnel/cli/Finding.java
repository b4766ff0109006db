package dev.runnel.cli;

/**
 * What an examination found.
 *
 * @param severity how bad it is
 * @param subject the database, replica or machine it is about
 * @param text what is so
 * @param remedy what to do; empty where nothing is to be done
 */
public record Finding(Severity severity, String subject, String text, String remedy) {

    /** How bad a finding is. */
    public enum Severity {
        /** As it should be. */
        OK,
        /** Good to know; neither good nor bad. */
        NOTE,
        /** Replication works, but something may go wrong, or cost more than it need. */
        WARNING,
        /** Replication or a restore does not work. */
        PROBLEM
    }

    /** Something that is as it should be. */
    public static Finding ok(String subject, String text) {
        return new Finding(Severity.OK, subject, text, "");
    }

    /** Something to know, and what could be done about it. */
    public static Finding note(String subject, String text, String remedy) {
        return new Finding(Severity.NOTE, subject, text, remedy);
    }

    /** Something to think about. */
    public static Finding warning(String subject, String text, String remedy) {
        return new Finding(Severity.WARNING, subject, text, remedy);
    }

    /** Something to mend. */
    public static Finding problem(String subject, String text, String remedy) {
        return new Finding(Severity.PROBLEM, subject, text, remedy);
    }
}
