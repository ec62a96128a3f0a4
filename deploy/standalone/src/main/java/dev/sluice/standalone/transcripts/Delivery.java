package dev.sluice.standalone.transcripts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** In which pieces a recorded stream is sent. Each piece is an HTTP chunk, flushed by itself. */
sealed interface Delivery {

    /** The pieces; together they are the body. */
    List<byte[]> pieces(byte[] body);

    /** As providers mostly do: a piece an event. */
    record Events() implements Delivery {

        /** A message of AWS' event stream begins with its length. */
        private static final int PRELUDE_BYTES = 12;

        @Override
        public List<byte[]> pieces(byte[] body) {
            List<byte[]> pieces = new ArrayList<>();
            int start = 0;
            while (start < body.length) {
                int end = Math.min(body.length, end(body, start));
                pieces.add(Arrays.copyOfRange(body, start, end));
                start = end;
            }
            return pieces;
        }

        private static int end(byte[] body, int start) {
            if (body[start] == 0 && start + PRELUDE_BYTES < body.length) {
                int length = 0;
                for (int i = 0; i < Integer.BYTES; i++) {
                    length = (length << 8) | (body[start + i] & 0xff);
                }
                return start + Math.max(PRELUDE_BYTES, length);
            }
            for (int at = start + 1; at < body.length; at++) {
                if (body[at] == '\n' && isBlankLine(body, at)) {
                    return at + 1;
                }
            }
            return body.length;
        }

        private static boolean isBlankLine(byte[] body, int at) {
            return body[at - 1] == '\n' || (at > 1 && body[at - 1] == '\r' && body[at - 2] == '\n');
        }

        @Override
        public String toString() {
            return "an event at a time";
        }
    }

    /** All events in one piece. */
    record Merged() implements Delivery {

        @Override
        public List<byte[]> pieces(byte[] body) {
            return List.of(body);
        }

        @Override
        public String toString() {
            return "all events at once";
        }
    }

    /** A byte at a time. */
    record Bytes() implements Delivery {

        @Override
        public List<byte[]> pieces(byte[] body) {
            List<byte[]> pieces = new ArrayList<>(body.length);
            for (byte one : body) {
                pieces.add(new byte[] {one});
            }
            return pieces;
        }

        @Override
        public String toString() {
            return "a byte at a time";
        }
    }

    /** In two pieces. */
    record Cut(int at) implements Delivery {

        @Override
        public List<byte[]> pieces(byte[] body) {
            return List.of(
                    Arrays.copyOfRange(body, 0, at), Arrays.copyOfRange(body, at, body.length));
        }

        @Override
        public String toString() {
            return "cut at byte " + at;
        }
    }

    /**
     * Every way but the usual one.
     *
     * @param cuts places, evenly spread; every byte if there are fewer
     */
    static List<Delivery> others(byte[] body, int cuts) {
        List<Delivery> all = new ArrayList<>();
        all.add(new Merged());
        all.add(new Bytes());
        int places = body.length - 1;
        int count = Math.min(cuts, places);
        for (int i = 0; i < count; i++) {
            all.add(new Cut(1 + (int) ((long) i * places / count)));
        }
        return all;
    }
}
