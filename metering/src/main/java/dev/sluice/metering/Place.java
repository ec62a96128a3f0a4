package dev.sluice.metering;

/** Where a record stands. */
record Place(Segment segment, int at, int size) {

    byte[] payload() {
        return segment.payload(at);
    }

    byte type() {
        return segment.type(at);
    }

    byte flags() {
        return segment.flags(at);
    }
}
