package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.auth.Caller;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * All that another service is told of a caller. It is written anew for each call: nothing of the
 * caller's own head can pass for it.
 */
final class CallerHead {

    private CallerHead() {}

    /**
     * The headers.
     *
     * @param address where the call comes from, in digits
     */
    static List<Map.Entry<String, String>> of(
            Secret credential, UUID requestId, Caller caller, String address) {
        Role role = caller.role();
        List<Map.Entry<String, String>> head = new ArrayList<>();
        head.add(Map.entry("Authorization", "Bearer " + credential.reveal()));
        head.add(Map.entry("x-sluice-request-id", requestId.toString()));
        // A key without a user reads what is its own, as the least of the roles.
        head.add(
                Map.entry(
                        "x-sluice-caller-role",
                        (role == null ? Role.INTERNAL_USER_VIEWER : role).word()));
        head.add(Map.entry("x-sluice-caller-key", caller.keyHash()));
        head.add(Map.entry("x-sluice-caller-address", address));
        addEncoded(head, "x-sluice-caller-tenant", caller.tenant());
        addEncoded(head, "x-sluice-caller-user", caller.userId());
        addEncoded(head, "x-sluice-caller-team", caller.teamId());
        return head;
    }

    private static void addEncoded(
            List<Map.Entry<String, String>> head, String name, @Nullable String value) {
        if (value != null) {
            head.add(Map.entry(name, URLEncoder.encode(value, UTF_8).replace("+", "%20")));
        }
    }
}
