package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.books.CallFacts;
import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.upstream.ModelGroup;

import java.util.List;

/**
 * A group all of whose deployments are full.
 *
 * @param call as it would go there
 * @param order of its deployments, empty where the strategy found none with room
 * @param fallbacks that had been tried when it was found full
 */
record Saturated(ModelGroup group, CallFacts call, List<Candidate> order, int fallbacks) {}
