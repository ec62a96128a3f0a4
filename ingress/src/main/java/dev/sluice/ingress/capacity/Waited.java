package dev.sluice.ingress.capacity;

import java.time.Duration;

/** What came of waiting. */
public sealed interface Waited {

    /** The call was let in. */
    record Entered() implements Waited {}

    /** It was not, and shall not come again before this is over: a second or more. */
    record Refused(Duration retryAfter) implements Waited {}

    /** The gateway stops. */
    record Closed() implements Waited {}
}
