package dev.sluice.semantics.index;

/** The slots of the smallest distances so far: a heap with the largest of them on top. */
final class Nearest {

    private final int[] slots;
    private final int[] distances;
    private int count;
    private int limit;

    /**
     * Nothing yet.
     *
     * @param most slots to keep
     * @param limit what is farther is not taken
     */
    Nearest(int most, int limit) {
        this.slots = new int[most];
        this.distances = new int[most];
        this.limit = limit;
    }

    /** What is farther than this need not be offered. */
    int limit() {
        return limit;
    }

    int count() {
        return count;
    }

    int slot(int place) {
        return slots[place];
    }

    /** Takes a slot that is within the limit. */
    void take(int slot, int distance) {
        if (count < slots.length) {
            rise(count++, slot, distance);
        } else {
            sink(slot, distance);
        }
        if (count == slots.length) {
            // As near as the farthest is of no use any more.
            limit = Math.min(limit, distances[0] - 1);
        }
    }

    private void rise(int from, int slot, int distance) {
        int place = from;
        while (place > 0 && distances[(place - 1) / 2] < distance) {
            move((place - 1) / 2, place);
            place = (place - 1) / 2;
        }
        slots[place] = slot;
        distances[place] = distance;
    }

    private void sink(int slot, int distance) {
        int place = 0;
        for (int child = 1; child < count; child = 2 * place + 1) {
            if (child + 1 < count && distances[child + 1] > distances[child]) {
                child++;
            }
            if (distances[child] <= distance) {
                break;
            }
            move(child, place);
            place = child;
        }
        slots[place] = slot;
        distances[place] = distance;
    }

    private void move(int from, int to) {
        slots[to] = slots[from];
        distances[to] = distances[from];
    }
}
