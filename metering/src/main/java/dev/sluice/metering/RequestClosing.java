package dev.sluice.metering;

import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.SpendEventCodec;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Usage;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * The events that end a request whose process died: what was presumed of each attempt that was
 * under way, else a voided event, so that every request has exactly one final event.
 *
 * <p>The same request gives the same event ids and start times each time: closing it twice books it
 * once.
 */
final class RequestClosing {

    private static final Logger LOGGER = LoggerFactory.getLogger(RequestClosing.class);

    private final SpendEventCodec codec = new SpendEventCodec();
    private final Supplier<SpendEvent.JournalPosition> positions;

    RequestClosing(Supplier<SpendEvent.JournalPosition> positions) {
        this.positions = positions;
    }

    /** The events to ship, encoded; empty only if the request's last record cannot be read. */
    List<byte[]> events(OpenRequest request) {
        List<OpenRequest.Attempt> running =
                request.running().stream()
                        .sorted(Comparator.comparingInt(OpenRequest.Attempt::number))
                        .toList();
        List<byte[]> events = new ArrayList<>();
        for (int i = 0; i < running.size(); i++) {
            boolean last = i == running.size() - 1 && !request.isFinalSeen();
            events.add(presumed(running.get(i).place().payload(), last));
        }
        OpenRequest.Attempt lastEnded = request.lastEnded();
        if (running.isEmpty() && lastEnded != null) {
            voided(lastEnded.place().payload(), events);
        }
        return events;
    }

    private byte[] presumed(byte[] payload, boolean last) {
        try {
            SpendEvent event = codec.decode(payload);
            return event.isFinal() == last ? payload : codec.encode(withFinal(event, last));
        } catch (NewerVersionException | UnreadableRecordException e) {
            // Its checksum is right: whoever knows its version will read it.
            LOGGER.atError().setCause(e).log("presumed event is shipped as it is");
            return payload;
        }
    }

    private void voided(byte[] lastEnded, List<byte[]> events) {
        try {
            events.add(codec.encode(voided(codec.decode(lastEnded))));
        } catch (NewerVersionException | UnreadableRecordException e) {
            LOGGER.atError().setCause(e).log("request stays without a final event");
        }
    }

    private static SpendEvent withFinal(SpendEvent event, boolean isFinal) {
        return new SpendEvent(
                event.eventId(),
                event.journal(),
                event.requestId(),
                event.attempt(),
                isFinal,
                event.kind(),
                event.startedAt(),
                event.endedAt(),
                event.owner(),
                event.callType(),
                event.target(),
                event.providerResponseId(),
                event.status(),
                event.errorClass(),
                event.stream(),
                event.ttftMicros(),
                event.usage(),
                event.costPico(),
                event.priceVersion(),
                event.cache(),
                event.batch(),
                event.units());
    }

    private SpendEvent voided(SpendEvent last) {
        int attempt = last.attempt() + 1;
        return new SpendEvent(
                SpendEventIds.terminal(last.requestId(), attempt),
                positions.get(),
                last.requestId(),
                attempt,
                true,
                SpendEvent.Kind.VOIDED,
                last.endedAt(),
                last.endedAt(),
                last.owner(),
                last.callType(),
                last.target(),
                null,
                last.status() == SpendEvent.Status.SUCCESS
                        ? SpendEvent.Status.FAILURE
                        : last.status(),
                last.errorClass(),
                last.stream(),
                -1,
                Usage.NONE,
                0,
                null,
                null,
                last.batch());
    }
}
