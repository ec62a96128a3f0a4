package dev.sluice.spend;

/** What the sink is doing. */
sealed interface SinkState {

    /** It has not read anything yet. */
    record Starting() implements SinkState {}

    /** It reads and books. */
    record Running() implements SinkState {}

    /** Something that it needs is away; it tries again. */
    record Waiting(String reason) implements SinkState {}

    /** It met what it must not misread. Only a newer version of this service goes on. */
    record Halted(String reason) implements SinkState {}

    /** It was closed. */
    record Stopped() implements SinkState {}
}
