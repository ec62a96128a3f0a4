package dev.sluice.standalone;

/** When a part stops, soonest first: whoever hands something on goes before who takes it. */
enum Place {
    BATCH_SERVICE,
    INGRESS,
    SPEND_AGGREGATOR,
    ROUTER_WORKER,
    KAFKA,
    POSTGRES,
    SIMULATOR
}
