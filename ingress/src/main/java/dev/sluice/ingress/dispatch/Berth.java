package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.capacity.Room;
import dev.sluice.ingress.fleet.Leave;

/** What a call needs to go to a deployment: leave to come, and room there. */
record Berth(Leave leave, Room room) {

    /** No attempt was made. */
    void giveBack() {
        leave.giveBack();
        room.release();
    }
}
