package dev.sluice.spend.management;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.spend.accounts.Json;

import org.jspecify.annotations.Nullable;

/**
 * A call that is answered with an error in OpenAI's format; ends the transaction that it is thrown
 * in. Its message never repeats a key.
 */
final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;
    private final @Nullable String parameter;

    private Refused(int status, String type, String message, @Nullable String parameter) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.parameter = parameter;
    }

    static Refused badRequest(String message, @Nullable String parameter) {
        return new Refused(400, "bad_request_error", message, parameter);
    }

    static Refused unauthorized(String message) {
        return new Refused(401, "auth_error", "Authentication Error, " + message, null);
    }

    static Refused forbidden(String message) {
        return new Refused(403, "auth_error", message, null);
    }

    static Refused forbidden(String message, String parameter) {
        return new Refused(403, "auth_error", message, parameter);
    }

    static Refused notPermittedInTeam(String route) {
        return new Refused(
                403,
                "team_member_permission_error",
                "The team does not allow its members " + route + ".",
                null);
    }

    static Refused notFound(String what, String parameter) {
        return new Refused(404, "not_found_error", what + " not found.", parameter);
    }

    static Refused alreadyInTeam(String user) {
        return new Refused(
                400,
                "team_member_already_in_team",
                "The user is already a member of the team: user_id=" + user,
                "user_id");
    }

    static Refused tooLarge(int bytes) {
        return new Refused(
                413,
                "bad_request_error",
                "The body is larger than %d bytes.".formatted(bytes),
                null);
    }

    static Refused unavailable(String message) {
        return new Refused(503, "service_unavailable_error", message, null);
    }

    static Refused internal() {
        return new Refused(500, "internal_server_error", "internal error", null);
    }

    int status() {
        return status;
    }

    JsonNode json() {
        ObjectNode answer = Json.object();
        answer.putObject("error")
                .put("message", getMessage())
                .put("type", type)
                .put("param", parameter)
                .put("code", Integer.toString(status));
        return answer;
    }
}
