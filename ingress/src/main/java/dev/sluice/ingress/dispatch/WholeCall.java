package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.providers.openai.RequestPeek;

/**
 * All that a call asks for, where the group that it names is asked for a part only: the rest of the
 * answer is known, and is of that group's model. Who stands in is asked for all.
 *
 * @param body of which the first {@code length} bytes count
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record WholeCall(CallFacts facts, RequestPeek.Facts peek, byte[] body, int length) {}
