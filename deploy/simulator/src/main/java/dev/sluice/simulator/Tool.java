package dev.sluice.simulator;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A function that the model may call.
 *
 * @param schema of its arguments, as JSON Schema has them
 */
record Tool(String name, JsonNode schema) {}
