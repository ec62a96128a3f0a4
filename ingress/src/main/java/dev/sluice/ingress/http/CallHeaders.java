package dev.sluice.ingress.http;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.ingress.admission.LimitReached;
import dev.sluice.ingress.admission.Ticket;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.dispatch.ProviderHeaders;
import dev.sluice.ingress.limits.LimitKind;
import dev.sluice.ingress.limits.Remaining;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.providers.transport.Header;
import dev.sluice.schemas.accounts.Limits;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/** What an answer says of how it came about, in the headers that LiteLLM's clients read. */
final class CallHeaders {

    private static final HeaderName MODEL_API_BASE = HeaderNames.create("x-litellm-model-api-base");
    private static final HeaderName MODEL_REGION = HeaderNames.create("x-litellm-model-region");
    private static final HeaderName ATTEMPTED_RETRIES =
            HeaderNames.create("x-litellm-attempted-retries");
    private static final HeaderName MAX_RETRIES = HeaderNames.create("x-litellm-max-retries");
    private static final HeaderName KEY_TPM = HeaderNames.create("x-litellm-key-tpm-limit");
    private static final HeaderName KEY_RPM = HeaderNames.create("x-litellm-key-rpm-limit");
    private static final HeaderName KEY_BUDGET = HeaderNames.create("x-litellm-key-max-budget");
    private static final HeaderName KEY_SPEND = HeaderNames.create("x-litellm-key-spend");
    private static final HeaderName LIMIT_TYPE = HeaderNames.create("rate_limit_type");
    private static final HeaderName RESET_AT = HeaderNames.create("reset_at");
    private static final String OF_PROVIDER = "llm_provider-";
    private static final String RATE_LIMIT = "x-ratelimit-";

    /** Bounded by the names that {@link ProviderHeaders} lets pass, and those of our limits. */
    private final Map<String, HeaderName> names = new ConcurrentHashMap<>();

    private final ToLongFunction<String> spentPico;

    /**
     * Headers of calls.
     *
     * @param spentPico what the books show of an account, by its record key
     */
    CallHeaders(ToLongFunction<String> spentPico) {
        this.spentPico = spentPico;
    }

    /** Says what the caller's key may use, and how much of it is left with this call. */
    void limits(ServerResponse response, Caller caller, Ticket ticket) {
        KeyAccounts accounts = caller.accounts();
        if (accounts == null) {
            return;
        }
        Limits limits = accounts.keyLimits();
        whole(response, KEY_TPM, limits.tpm());
        whole(response, KEY_RPM, limits.rpm());
        Long budget = limits.maxBudgetPico();
        if (budget != null) {
            response.header(KEY_BUDGET, Answers.usd(budget));
        }
        for (Remaining left : ticket.remaining()) {
            if (left.kind() != LimitKind.BUDGET) {
                String scope = RATE_LIMIT + left.scope().word();
                String kind = left.kind().word();
                response.header(name(scope + "-limit-" + kind), Long.toString(left.limit()));
                response.header(name(scope + "-remaining-" + kind), Long.toString(left.left()));
            }
        }
    }

    /** Says what the caller's key has spent, a call's own cost included where it is known. */
    void spend(ServerResponse response, Caller caller, long costPico) {
        if (caller.accounts() != null) {
            long spent = spentPico.applyAsLong(caller.accounts().key().recordKey());
            response.header(KEY_SPEND, Answers.usd(Math.addExact(spent, costPico)));
        }
    }

    /** Says which limit was reached, and until when. */
    void refused(ServerResponse response, LimitReached limit) {
        response.header(LIMIT_TYPE, limit.limitType());
        if (limit.retryAfterSeconds() >= 0) {
            response.header(HeaderNames.RETRY_AFTER, Long.toString(limit.retryAfterSeconds()));
        }
        Instant resetsAt = limit.resetsAt();
        if (resetsAt != null) {
            response.header(RESET_AT, resetsAt.truncatedTo(ChronoUnit.SECONDS).toString());
        }
    }

    private static void whole(ServerResponse response, HeaderName name, @Nullable Long number) {
        if (number != null) {
            response.header(name, Long.toString(number));
        }
    }

    /** Says who answered. */
    void served(ServerResponse response, Deployment deployment, int attempts, int maxRetries) {
        response.header(Answers.MODEL_ID, deployment.id());
        response.header(MODEL_API_BASE, deployment.apiBase());
        String region = deployment.region();
        if (region != null) {
            response.header(MODEL_REGION, region);
        }
        response.header(ATTEMPTED_RETRIES, Integer.toString(attempts - 1));
        response.header(MAX_RETRIES, Integer.toString(maxRetries));
    }

    /** Passes the provider's headers on: all under a name of their own, its limits as they are. */
    void provider(ServerResponse response, ProviderHeaders headers) {
        for (Header header : headers.kept()) {
            response.header(name(OF_PROVIDER + header.name()), header.value());
            if (header.name().startsWith(RATE_LIMIT)) {
                response.header(name(header.name()), header.value());
            }
        }
    }

    private HeaderName name(String name) {
        return names.computeIfAbsent(name, HeaderNames::create);
    }
}
