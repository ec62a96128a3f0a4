package dev.sluice.ingress.auth;

import java.util.Locale;
import java.util.Set;

/**
 * One route of the gateway.
 *
 * @param path with {@code {name}} for a part that is free
 * @param groups the names under which {@code allowed_routes} may list it with others
 */
public record Route(String method, String path, Access access, Set<Group> groups) {

    public Route {
        groups = Set.copyOf(groups);
    }

    /** LiteLLM's names of groups of routes. */
    public enum Group {
        LLM_API_ROUTES,
        OPENAI_ROUTES,
        ANTHROPIC_ROUTES,
        INFO_ROUTES,
        MANAGEMENT_ROUTES,
        SPEND_TRACKING_ROUTES,
        PUBLIC_ROUTES;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether an entry of a list of routes means this one: a path, {@code /path/*}, or a group. */
    boolean isMeantBy(String entry) {
        String words = entry.startsWith("LiteLLMRoutes.") ? entry.substring(14) : entry;
        for (Group group : groups) {
            if (group.word().equals(words)) {
                return true;
            }
        }
        return matches(entry, path)
                || (groups.contains(Group.LLM_API_ROUTES) && matches(entry, otherVersion()));
    }

    private static boolean matches(String entry, String path) {
        return entry.endsWith("/*")
                ? path.startsWith(entry.substring(0, entry.length() - 1))
                : path.equals(entry);
    }

    /** Models are called and listed with and without {@code /v1}: that is one route. */
    private String otherVersion() {
        return path.startsWith("/v1/") ? path.substring(3) : "/v1" + path;
    }
}
