package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.fuzz.Arrival;
import dev.sluice.providers.fuzz.Claim;
import dev.sluice.providers.openai.SseReader.Step;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Any bytes as server-sent events: both readers find what {@link PlainEvents} finds, however the
 * bytes arrive, and hold no more than one event.
 */
public final class EventStreamFuzz {

    /** Small, so that inputs reach it. */
    private static final int EVENT_BYTES_MAX = 512;

    private static final int UNBOUNDED = 1 << 20;

    private EventStreamFuzz() {}

    /** One input: the stream. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<PlainEvents.Event> events = PlainEvents.of(input);
        boundedReader(input);
        reader(events, input, Arrival.whole(input));
        List<EventStream.Event> decoded = PlainEvents.decoded(events);
        Claim.same(decode(Arrival.whole(input), UNBOUNDED), decoded, "whole");
        String bounded = boundedDecode(Arrival.whole(input));
        for (Arrival arrival : Arrival.cut(input)) {
            Claim.same(boundedDecode(arrival), bounded, arrival);
        }
        for (Arrival arrival : Arrival.cut(input)) {
            reader(events, input, arrival);
        }
        for (Arrival arrival : Arrival.cut(input)) {
            Claim.same(decode(arrival, UNBOUNDED), decoded, arrival);
        }
    }

    /** What the reader that passes bytes on finds, against all events. */
    private static void reader(List<PlainEvents.Event> expected, byte[] stream, Arrival arrival) {
        var reader = new SseReader(arrival, UNBOUNDED);
        var passed = new ByteArrayOutputStream();
        PlainEvents.Facts facts = new PlainEvents.Facts();
        int count = 0;
        Step step = next(reader, arrival);
        while (step == Step.EVENT || step == Step.TRUNCATED) {
            SseEvent event = reader.event();
            passed.write(event.array(), event.offset(), event.length());
            Claim.that(count < expected.size(), arrival);
            compare(event, step, expected.get(count), facts);
            if (count == 0) {
                json(event, expected.get(count));
            }
            count++;
            if (step == Step.TRUNCATED) {
                break;
            }
            step = next(reader, arrival);
        }
        Claim.same(count, expected.size(), arrival);
        Claim.same(reader.done(), facts.done, arrival);
        Claim.same(reader.contentSeen(), facts.content, arrival);
        Claim.same(reader.usage(), facts.usage, arrival);
        Claim.that(withoutLineEnds(passed.toByteArray(), stream), arrival);
    }

    private static void compare(
            SseEvent event, Step step, PlainEvents.Event expected, PlainEvents.Facts facts) {
        String data = expected.data();
        boolean done = expected.isDone();
        boolean whole = expected.whole() || done;
        Claim.same(step, whole ? Step.EVENT : Step.TRUNCATED, expected);
        Claim.same(event.isComment(), data == null, expected);
        Claim.same(event.isDone(), done, expected);
        ResponseFacts read = facts.add(expected);
        Claim.same(event.usage(), read.usage(), expected);
        Claim.same(event.error(), read.error(), expected);
        Claim.same(event.usageOnly(), read.usageOnly(), expected);
    }

    private static void json(SseEvent event, PlainEvents.Event expected) {
        byte[] bytes = expected.bytes();
        if (bytes != null) {
            Claim.same(event.json(), JsonTrees.object(bytes, 0, bytes.length), expected);
        }
    }

    /** Whether all was passed on but line ends at the end. */
    private static boolean withoutLineEnds(byte[] passed, byte[] stream) {
        for (int i = 0; i < stream.length; i++) {
            boolean same = i < passed.length && passed[i] == stream[i];
            boolean lineEnd = i >= passed.length && (stream[i] == '\r' || stream[i] == '\n');
            if (!same && !lineEnd) {
                return false;
            }
        }
        return passed.length <= stream.length;
    }

    /** What is buffered needs no reading, and reading changes nothing at the end. */
    private static Step next(SseReader reader, Arrival arrival) {
        boolean buffered = reader.hasBuffered();
        int position = arrival.position();
        Step step = step(reader);
        if (buffered) {
            Claim.same(step, Step.EVENT, arrival);
            Claim.same(arrival.position(), position, arrival);
        }
        if (step != Step.EVENT) {
            Claim.same(step(reader), step, arrival);
        }
        return step;
    }

    private static Step step(SseReader reader) {
        try {
            return reader.next();
        } catch (IOException e) {
            throw new AssertionError("the source does not fail", e);
        }
    }

    private static void boundedReader(byte[] input) {
        List<String> whole = bounded(Arrival.whole(input));
        for (Arrival arrival : Arrival.cut(input)) {
            Claim.same(bounded(arrival), whole, arrival);
        }
    }

    /** How far a reader of small events comes; a line feed may be its event's or the next one's. */
    private static List<String> bounded(Arrival arrival) {
        var reader = new SseReader(arrival, EVENT_BYTES_MAX);
        List<String> steps = new ArrayList<>();
        Step step = step(reader);
        while (step == Step.EVENT) {
            SseEvent event = reader.event();
            Claim.that(event.array().length <= EVENT_BYTES_MAX, "it holds too much");
            steps.add(new String(event.array(), event.offset(), event.length(), UTF_8).strip());
            step = step(reader);
        }
        steps.add(step.name());
        return steps;
    }

    private static List<EventStream.Event> decode(Arrival arrival, int bytesMax) {
        var stream = new EventStream(arrival, bytesMax);
        List<EventStream.Event> events = new ArrayList<>();
        try {
            EventStream.Event event = stream.next();
            while (event != null) {
                Claim.that(event.data().length() <= bytesMax, "it holds too much");
                events.add(event);
                event = stream.next();
            }
        } catch (IOException e) {
            Claim.that(String.valueOf(e.getMessage()).endsWith(" bytes"), e);
            events.add(new EventStream.Event("", "too large"));
        }
        return events;
    }

    private static String boundedDecode(Arrival arrival) {
        return decode(arrival, EVENT_BYTES_MAX).toString();
    }
}
