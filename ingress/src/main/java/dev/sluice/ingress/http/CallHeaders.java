package dev.sluice.ingress.http;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.ingress.admission.LimitReached;
import dev.sluice.ingress.admission.Ticket;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.dispatch.ProviderHeaders;
import dev.sluice.ingress.dispatch.Trail;
import dev.sluice.ingress.http.AnswerHead.Name;
import dev.sluice.ingress.limits.LimitKind;
import dev.sluice.ingress.limits.Remaining;
import dev.sluice.ingress.limits.ScopeKind;
import dev.sluice.ingress.upstream.Deployment;
import dev.sluice.providers.openai.RouterWishes;
import dev.sluice.providers.transport.Header;
import dev.sluice.schemas.accounts.Limits;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/** What an answer says of how it came about, in the headers that LiteLLM's clients read. */
final class CallHeaders {

    static final Name MODEL_ID = Name.of("x-litellm-model-id");
    static final Name MODEL_GROUP = Name.of("x-litellm-model-group");
    static final Name RESPONSE_COST = Name.of("x-litellm-response-cost");
    static final Name DURATION = Name.of("x-litellm-response-duration-ms");
    static final Name OVERHEAD = Name.of("x-litellm-overhead-duration-ms");
    static final Name CACHE_KEY = Name.of("x-litellm-cache-key");
    static final Name CACHE_HIT = Name.of("x-sluice-cache-hit");
    static final Name SEMANTIC_SIMILARITY = Name.of("x-litellm-semantic-similarity");
    static final Name CACHED_INPUTS = Name.of("x-sluice-cached-inputs");
    static final Name AGE = Name.of("Age");
    private static final Name MODEL_API_BASE = Name.of("x-litellm-model-api-base");
    private static final Name MODEL_REGION = Name.of("x-litellm-model-region");
    private static final Name ATTEMPTED_RETRIES = Name.of("x-litellm-attempted-retries");
    private static final Name ATTEMPTED_FALLBACKS = Name.of("x-litellm-attempted-fallbacks");
    private static final Name ATTEMPTED_HEDGES = Name.of("x-sluice-attempted-hedges");
    private static final Name TIMEOUT = Name.of("x-litellm-timeout");
    private static final Name MAX_RETRIES = Name.of("x-litellm-max-retries");
    private static final Name KEY_TPM = Name.of("x-litellm-key-tpm-limit");
    private static final Name KEY_RPM = Name.of("x-litellm-key-rpm-limit");
    private static final Name KEY_BUDGET = Name.of("x-litellm-key-max-budget");
    private static final Name KEY_SPEND = Name.of("x-litellm-key-spend");
    private static final HeaderName LIMIT_TYPE = HeaderNames.create("rate_limit_type");
    private static final HeaderName RESET_AT = HeaderNames.create("reset_at");
    private static final String OF_PROVIDER = "llm_provider-";
    private static final String RATE_LIMIT = "x-ratelimit-";

    /** Bounded by the names that {@link ProviderHeaders} lets pass, twice. */
    private final Map<String, Name> names = new ConcurrentHashMap<>();

    private final Map<ScopeKind, Map<LimitKind, LimitNames>> limitNames = limitNames();
    private final ToLongFunction<String> spentPico;

    /**
     * Headers of calls.
     *
     * @param spentPico what the books show of an account, by its record key
     */
    CallHeaders(ToLongFunction<String> spentPico) {
        this.spentPico = spentPico;
    }

    /** What a limit and the rest of it are called. */
    private record LimitNames(Name limit, Name remaining) {}

    private static Map<ScopeKind, Map<LimitKind, LimitNames>> limitNames() {
        Map<ScopeKind, Map<LimitKind, LimitNames>> names = new EnumMap<>(ScopeKind.class);
        for (ScopeKind scope : ScopeKind.values()) {
            Map<LimitKind, LimitNames> ofScope = new EnumMap<>(LimitKind.class);
            for (LimitKind kind : LimitKind.values()) {
                String start = RATE_LIMIT + scope.word();
                ofScope.put(
                        kind,
                        new LimitNames(
                                Name.of(start + "-limit-" + kind.word()),
                                Name.of(start + "-remaining-" + kind.word())));
            }
            names.put(scope, ofScope);
        }
        return names;
    }

    private LimitNames namesOf(Remaining left) {
        return requireNonNull(requireNonNull(limitNames.get(left.scope())).get(left.kind()));
    }

    /** Says what the caller's key may use, and how much of it is left with this call. */
    void limits(AnswerHead head, Caller caller, Ticket ticket) {
        KeyAccounts accounts = caller.accounts();
        if (accounts == null) {
            return;
        }
        Limits limits = accounts.keyLimits();
        whole(head, KEY_TPM, limits.tpm());
        whole(head, KEY_RPM, limits.rpm());
        Long budget = limits.maxBudgetPico();
        if (budget != null) {
            head.usd(KEY_BUDGET, budget);
        }
        for (Remaining left : ticket.remaining()) {
            if (left.kind() != LimitKind.BUDGET) {
                LimitNames own = namesOf(left);
                head.number(own.limit(), left.limit());
                head.number(own.remaining(), left.left());
            }
        }
    }

    /** Says what the caller's key has spent, a call's own cost included where it is known. */
    void spend(AnswerHead head, Caller caller, long costPico) {
        if (caller.accounts() != null) {
            long spent = spentPico.applyAsLong(caller.accounts().key().recordKey());
            // Whatever the budgets topic says of an account: it is no reason not to answer.
            boolean overflows = spent > Long.MAX_VALUE - Math.max(0, costPico);
            head.usd(KEY_SPEND, overflows ? Long.MAX_VALUE : spent + costPico);
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

    private static void whole(AnswerHead head, Name name, @Nullable Long number) {
        if (number != null) {
            head.number(name, number);
        }
    }

    /** Says who answered. */
    void served(AnswerHead head, Deployment deployment) {
        head.text(MODEL_ID, deployment.id());
        head.text(MODEL_API_BASE, deployment.apiBase());
        String region = deployment.region();
        if (region != null) {
            head.text(MODEL_REGION, region);
        }
    }

    /** Says on which way, and what the caller asked for of it. */
    void trail(AnswerHead head, Trail trail, RouterWishes wishes, boolean stream) {
        head.text(MODEL_GROUP, trail.modelGroup());
        head.number(ATTEMPTED_RETRIES, trail.retries());
        head.number(MAX_RETRIES, trail.maxRetries());
        head.number(ATTEMPTED_FALLBACKS, trail.fallbacks());
        if (trail.hedges() > 0) {
            head.number(ATTEMPTED_HEDGES, trail.hedges());
        }
        Duration timeout = wishes.timeout(stream);
        if (timeout != null) {
            head.text(TIMEOUT, seconds(timeout));
        }
    }

    /** Says with an error how long the deployment had, unless the caller knows it. */
    void timeout(AnswerHead head, Deployment deployment, RouterWishes wishes, boolean stream) {
        if (wishes.timeout(stream) == null) {
            head.text(TIMEOUT, seconds(deployment.timeout(stream)));
        }
    }

    /** As Python writes a number of seconds: always with a point. */
    private static String seconds(Duration time) {
        BigDecimal seconds = BigDecimal.valueOf(time.toNanos(), 9).stripTrailingZeros();
        return (seconds.scale() <= 0 ? seconds.setScale(1) : seconds).toPlainString();
    }

    /** Passes the provider's headers on: all under a name of their own, its limits as they are. */
    void provider(AnswerHead head, ProviderHeaders headers) {
        for (Header header : headers.kept()) {
            head.text(name(OF_PROVIDER + header.name()), header.value());
            if (header.name().startsWith(RATE_LIMIT)) {
                head.text(name(header.name()), header.value());
            }
        }
    }

    private Name name(String name) {
        return names.computeIfAbsent(name, Name::of);
    }
}
