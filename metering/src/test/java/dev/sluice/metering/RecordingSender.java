package dev.sluice.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.SpendEventCodec;
import dev.sluice.schemas.events.SpendEvent;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * A topic in memory. It acknowledges at once, unless it is told to keep its acknowledgements, to
 * fail, or to be away.
 */
final class RecordingSender implements Supplier<EventSender> {

    private final List<SpendEvent> received = new CopyOnWriteArrayList<>();
    private final Deque<EventSender.Acknowledgement> kept = new ArrayDeque<>();
    private volatile Mode mode = Mode.ACKNOWLEDGES;
    private volatile int opened;

    enum Mode {
        ACKNOWLEDGES,
        KEEPS,
        FAILS,
        IS_AWAY
    }

    @Override
    public synchronized EventSender get() {
        if (mode == Mode.IS_AWAY) {
            throw new IllegalStateException("no broker");
        }
        opened++;
        return new EventSender() {
            @Override
            public void send(byte[] key, byte[] value, Acknowledgement acknowledgement) {
                receive(key, value, acknowledgement);
            }

            @Override
            public void close() {
                abandon();
            }
        };
    }

    private synchronized void receive(
            byte[] key, byte[] value, EventSender.Acknowledgement acknowledgement) {
        if (mode == Mode.FAILS) {
            acknowledgement.completed(new java.io.IOException("the broker went away"));
            return;
        }
        SpendEvent event = decode(value);
        if (!UUID.fromString(new String(key, UTF_8)).equals(event.requestId())) {
            throw new IllegalStateException("the key is not the request id");
        }
        received.add(event);
        if (mode == Mode.KEEPS) {
            kept.add(acknowledgement);
        } else {
            acknowledgement.completed(null);
        }
    }

    private static SpendEvent decode(byte[] value) {
        try {
            return new SpendEventCodec().decode(value);
        } catch (Exception e) {
            throw new IllegalStateException("not an event", e);
        }
    }

    private synchronized void abandon() {
        kept.forEach(left -> left.completed(new java.io.IOException("closed")));
        kept.clear();
    }

    void now(Mode next) {
        mode = next;
    }

    /** Acknowledges what was kept, the newest first: a topic has several partitions. */
    synchronized void acknowledgeKept() {
        while (!kept.isEmpty()) {
            kept.removeLast().completed(null);
        }
    }

    List<SpendEvent> received() {
        return received;
    }

    List<SpendEvent> received(UUID request) {
        return received.stream().filter(event -> event.requestId().equals(request)).toList();
    }

    int opened() {
        return opened;
    }
}
