package dev.sluice.ingress.http;

import dev.sluice.providers.openai.Endpoint;

/**
 * A path at which models are called.
 *
 * @param path by which {@link dev.sluice.ingress.auth.RouteTable} knows it
 * @param callType LiteLLM's word for its calls
 * @param wire that is spoken there
 */
record ModelDoor(String path, String callType, CallerWire wire) {

    /** An endpoint of OpenAI's by its own path. */
    static ModelDoor of(Endpoint endpoint) {
        return new ModelDoor(endpoint.path(), endpoint.callType(), new CallerWire.OpenAi(endpoint));
    }
}
