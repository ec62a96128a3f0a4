package dev.sluice.simulator;

import io.helidon.http.Header;

import java.util.List;
import java.util.Optional;

/** How one provider's API reads requests and tells answers. */
interface Wire {

    /**
     * What an address says of a call.
     *
     * @param model empty if the body says it
     * @param stream whether the address alone asks for a stream
     */
    record Address(Endpoint endpoint, String model, boolean stream) {}

    /** Reads a request. */
    Reading read(Address address, byte[] body);

    /** A whole answer. */
    byte[] whole(Answer answer, List<Turn> turns, Usage usage, boolean showUsage);

    /** The type of a whole answer; empty for JSON. */
    default Optional<Header> wholeType(ModelCall call) {
        return Optional.empty();
    }

    /** Tells a streamed answer. */
    EventWriter events(Answer answer, boolean showUsage);

    /** The type of a stream. */
    Header streamType();

    /** An error's body. */
    byte[] error(Rejection rejection);

    /** A header that tells an error's kind. */
    default Optional<Header> errorHeader(Rejection rejection) {
        return Optional.empty();
    }
}
