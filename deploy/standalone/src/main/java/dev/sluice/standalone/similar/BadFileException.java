package dev.sluice.standalone.similar;

import java.io.Serial;

/** A file that is not what it should be; the message says where and why. */
public final class BadFileException extends Exception {

    @Serial private static final long serialVersionUID = 1;

    BadFileException(String message) {
        super(message);
    }

    BadFileException(String file, int line, String problem) {
        super("%s line %d: %s".formatted(file, line, problem));
    }
}
