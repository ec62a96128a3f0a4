package dev.sluice.metering;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Every request that is open as far as the journal has been read. The shipper's. */
final class OpenRequests {

    private final Map<UUID, OpenRequest> byId = new HashMap<>();

    /** Learns from the record that the cursor is at. */
    void learn(JournalCursor record, boolean fromEarlierRun) {
        UUID id = record.requestId();
        boolean start = record.type() == RecordFormat.START;
        if (record.isMoved() && !fromEarlierRun) {
            moved(record, id, start);
        } else if (start) {
            OpenRequest request = byId.computeIfAbsent(id, OpenRequest::new);
            if (record.isMoved()) {
                request.startMoved(record.attempt(), record.place());
            } else {
                request.started(record.attempt(), record.place());
            }
        } else {
            ended(record, id);
        }
    }

    private void ended(JournalCursor record, UUID id) {
        OpenRequest request = byId.get(id);
        if (request == null) {
            if (record.isFinal()) {
                return;
            }
            request = new OpenRequest(id);
            byId.put(id, request);
        }
        request.ended(record.attempt(), record.isFinal(), record.place());
        if (request.isOver()) {
            byId.remove(id);
        }
    }

    /** A copy that this run made itself: of interest only while its request is still open. */
    private void moved(JournalCursor record, UUID id, boolean start) {
        OpenRequest request = byId.get(id);
        if (request != null && request.holdsOn(record.attempt(), start)) {
            if (start) {
                request.started(record.attempt(), record.place());
            } else {
                request.ended(record.attempt(), false, record.place());
            }
        }
    }

    /** Those that are open, which from now on are the caller's to close. */
    List<OpenRequest> takeAll() {
        List<OpenRequest> all = List.copyOf(byId.values());
        byId.clear();
        return all;
    }

    Collection<OpenRequest> all() {
        return byId.values();
    }

    int size() {
        return byId.size();
    }
}
