package dev.sluice.standalone.chaos;

/** What is done to a process. */
public enum Deed {
    /** SIGKILL, then a start. */
    KILL("kill -9"),
    /** SIGSTOP, then SIGCONT: it lives, and does not answer. */
    STOP("stop"),
    /** SIGTERM, then a start. */
    RESTART("restart");

    private final String label;

    Deed(String label) {
        this.label = label;
    }

    /** Its name in tables. */
    public String label() {
        return label;
    }
}
