package dev.sluice.standalone.chaos;

/**
 * One line of the table.
 *
 * @param wrong whether it says that a promise was broken
 * @param remark what more there is to say, or examples
 */
record Finding(String what, long count, boolean wrong, String remark) {

    /** Something to know. */
    static Finding fact(String what, long count) {
        return new Finding(what, count, false, "");
    }

    /** Something that must not be. */
    static Finding mustBeNone(String what, long count) {
        return new Finding(what, count, count != 0, "must be 0");
    }

    Finding with(String said) {
        return new Finding(what, count, wrong, said);
    }

    String row() {
        return "| %s | %d | %s | %s |"
                .formatted(what, count, wrong ? "**wrong**" : "", remark.replace("|", "\\|"));
    }
}
