package dev.sluice.embedded;

/** Somebody else listens on the port; on another one the start may succeed. */
final class PortTakenException extends StartFailedException {

    PortTakenException(String server, int port) {
        super("%s can't start: port %d is taken".formatted(server, port));
    }
}
