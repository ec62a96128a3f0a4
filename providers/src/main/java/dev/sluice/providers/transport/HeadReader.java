package dev.sluice.providers.transport;

import java.io.IOException;

/** Reads heads of answers off a connection. */
final class HeadReader {

    /** More interim answers than any honest upstream sends. */
    private static final int MAX_INTERIM = 16;

    private static final String PROTOCOL = "HTTP/1.";
    private static final int SWITCHING_PROTOCOLS = 101;

    private final Connection connection;
    private final int maxBytes;
    private final long deadline;
    private boolean begun;

    HeadReader(Connection connection, int maxBytes, long deadline) {
        this.connection = connection;
        this.maxBytes = maxBytes;
        this.deadline = deadline;
    }

    /** Whether at least one byte has come. */
    boolean begun() {
        return begun;
    }

    /**
     * Waits for the head of the final answer; interim ones (1xx) are skipped.
     *
     * @throws IOException as the socket threw it
     */
    ResponseHead read() throws IOException, ExchangeFailure {
        for (int interim = 0; interim <= MAX_INTERIM; interim++) {
            ResponseHead head = ResponseHead.parse(bytes());
            if (head.status() == SWITCHING_PROTOCOLS) {
                throw new ExchangeFailure(
                        FailureKind.PROTOCOL, "the upstream switched protocols unasked");
            }
            if (head.status() >= 200) {
                return head;
            }
        }
        throw new ExchangeFailure(FailureKind.PROTOCOL, "too many interim answers");
    }

    /** The bytes up to and with the empty line; each line is complete and ends in CRLF. */
    private byte[] bytes() throws IOException, ExchangeFailure {
        ConnectionInput input = connection.input();
        int lineStart = 0;
        int scanned = 0;
        while (true) {
            int lineFeed = input.lineFeed(scanned);
            if (lineFeed < 0 ? input.buffered() >= maxBytes : lineFeed >= maxBytes) {
                throw new ExchangeFailure(
                        FailureKind.PROTOCOL, "the head of the answer is too large");
            }
            if (lineFeed < 0) {
                scanned = input.buffered();
                await(input);
                continue;
            }
            if (lineFeed == lineStart || input.at(lineFeed - 1) != '\r') {
                throw new ExchangeFailure(
                        FailureKind.PROTOCOL, "a line of the answer's head has no CRLF");
            }
            if (lineStart == 0) {
                checkProtocol(input);
            }
            if (lineFeed == lineStart + 1) {
                return input.take(lineFeed + 1);
            }
            lineStart = lineFeed + 1;
            scanned = lineStart;
        }
    }

    /** At the first line: who speaks something else may never send an empty one. */
    private static void checkProtocol(ConnectionInput input) throws ExchangeFailure {
        for (int i = 0; i < PROTOCOL.length(); i++) {
            if (input.at(i) != PROTOCOL.charAt(i)) {
                throw new ExchangeFailure(FailureKind.PROTOCOL, "the answer is not HTTP/1.1");
            }
        }
    }

    private void await(ConnectionInput input) throws IOException, ExchangeFailure {
        if (input.fill(deadline) < 0) {
            throw new ExchangeFailure(
                    FailureKind.BROKEN,
                    begun
                            ? "the upstream closed the connection in the head of its answer"
                            : "the upstream closed the connection without an answer");
        }
        begun = true;
    }
}
