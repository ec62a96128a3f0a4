package dev.sluice.batch.api;

import org.jspecify.annotations.Nullable;

/** An answer other than what was asked for, in OpenAI's format. */
final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final String INVALID = "invalid_request_error";

    private final int status;
    private final String type;
    private final @Nullable String parameter;
    private final @Nullable String code;

    private Refused(
            int status,
            String type,
            String message,
            @Nullable String parameter,
            @Nullable String code) {
        // Expected, and many: no stack trace.
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.parameter = parameter;
        this.code = code;
    }

    static Refused badRequest(String message) {
        return new Refused(400, INVALID, message, null, null);
    }

    static Refused badRequest(String message, @Nullable String parameter, @Nullable String code) {
        return new Refused(400, INVALID, message, parameter, code);
    }

    static Refused missing(String parameter) {
        return badRequest(
                "Missing required parameter: '%s'.".formatted(parameter),
                parameter,
                "missing_required_parameter");
    }

    static Refused invalidValue(String message, String parameter) {
        return badRequest(message, parameter, "invalid_value");
    }

    static Refused invalidType(String parameter, String expected) {
        return badRequest(
                "Invalid type for '%s': expected %s.".formatted(parameter, expected),
                parameter,
                "invalid_type");
    }

    static Refused noFile(String id, String parameter) {
        return new Refused(404, INVALID, "No such File object: " + id, parameter, null);
    }

    static Refused noBatch(String id) {
        return new Refused(404, INVALID, "No batch found with id '%s'.".formatted(id), null, null);
    }

    static Refused conflict(String message) {
        return new Refused(409, INVALID, message, null, null);
    }

    static Refused tooLarge(String message) {
        return new Refused(413, INVALID, message, null, null);
    }

    static Refused unauthorized() {
        return new Refused(
                401, "auth_error", "This service takes a service credential only.", null, null);
    }

    static Refused forbidden(String message) {
        return new Refused(403, "permission_error", message, null, null);
    }

    static Refused busy(String message) {
        return new Refused(429, "rate_limit_error", message, null, null);
    }

    static Refused unavailable(String message) {
        return new Refused(503, "service_unavailable_error", message, null, null);
    }

    static Refused of(int status, String message) {
        String type = status < 500 ? INVALID : "internal_server_error";
        return new Refused(status, type, message, null, null);
    }

    int status() {
        return status;
    }

    byte[] body() {
        var error = Json.object();
        error.put("message", getMessage());
        error.put("type", type);
        error.put("param", parameter);
        error.put("code", code);
        var answer = Json.object();
        answer.set("error", error);
        return Json.bytes(answer);
    }
}
