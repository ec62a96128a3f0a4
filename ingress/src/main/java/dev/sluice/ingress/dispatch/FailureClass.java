package dev.sluice.ingress.dispatch;

import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.openai.ResponseFacts.ProviderError;

/**
 * What kind of failure an attempt ended in, as LiteLLM's policies and fallbacks tell them apart.
 */
enum FailureClass {
    BAD_REQUEST,
    AUTHENTICATION,
    NOT_FOUND,
    TIMEOUT,
    RATE_LIMIT,
    CONTENT_POLICY,
    CONTEXT_WINDOW,
    SERVER;

    private static final String CONTEXT_LENGTH = "context_length_exceeded";

    static FailureClass of(AttemptFailure failure) {
        return switch (failure.status()) {
            case 401, 403 -> AUTHENTICATION;
            case 408 -> TIMEOUT;
            case 429 -> RATE_LIMIT;
            default -> failure.status() >= 500 ? SERVER : ofCaller(failure);
        };
    }

    /** All adapters tell these two by OpenAI's codes. */
    private static FailureClass ofCaller(AttemptFailure failure) {
        ProviderError error = ResponseFacts.of(failure.body(), failure.body().length).error();
        String code = error == null ? null : error.code();
        if (CONTEXT_LENGTH.equals(code)) {
            return CONTEXT_WINDOW;
        }
        if ("content_filter".equals(code) || "content_policy_violation".equals(code)) {
            return CONTENT_POLICY;
        }
        return failure.status() == 404 ? NOT_FOUND : BAD_REQUEST;
    }
}
