package dev.sluice.ingress.auth;

import dev.sluice.ingress.errors.ApiError;
import dev.sluice.schemas.accounts.Account.Role;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Whether a caller may call a route: by the table, by the operator's lists and by his key's. Pure.
 */
public final class RouteAccess {

    private static final String METRICS = "/metrics";

    private final AccessSettings settings;

    /** Rules with the operator's lists. */
    public RouteAccess(AccessSettings settings) {
        this.settings = settings;
    }

    /** Whether a route needs no key. Calls of models and changes need one, whatever a list says. */
    public boolean isPublic(Route route) {
        if (isListed(route, settings.adminOnlyRoutes())) {
            return false;
        }
        if (route.access() == Access.PUBLIC) {
            return !(settings.metricsNeedKey() && route.path().equals(METRICS));
        }
        return route.access() == Access.ANY_KEY
                && route.groups().contains(Route.Group.INFO_ROUTES)
                && !route.groups().contains(Route.Group.MANAGEMENT_ROUTES)
                && isListed(route, settings.publicRoutes());
    }

    /** Why a caller may not call a route, or null. */
    public @Nullable ApiError refusal(Caller caller, Route route) {
        if (!settings.allowedRoutes().isEmpty() && !isListed(route, settings.allowedRoutes())) {
            return AccessErrors.routeDenied("This route is not allowed.");
        }
        boolean isScrape = settings.metricsNeedKey() && route.path().equals(METRICS);
        Access access =
                isListed(route, settings.adminOnlyRoutes())
                        ? atLeastAdmin(route)
                        : isScrape ? Access.ADMIN_VIEWER : route.access();
        if (!access.admits(caller)) {
            return AccessErrors.routeDenied(
                    "Only proxy admin can be used to call this route. Your role=%s."
                            .formatted(word(caller.role())));
        }
        List<String> own =
                caller.accounts() == null ? List.of() : caller.accounts().key().allowedRoutes();
        return own.isEmpty() || isListed(route, own)
                ? null
                : AccessErrors.routeDenied("Virtual key is not allowed to call this route.");
    }

    private static Access atLeastAdmin(Route route) {
        return route.access() == Access.MASTER ? Access.MASTER : Access.ADMIN;
    }

    private static String word(@Nullable Role role) {
        return role == null ? "unknown" : role.word();
    }

    private static boolean isListed(Route route, List<String> entries) {
        for (String entry : entries) {
            if (route.isMeantBy(entry)) {
                return true;
            }
        }
        return false;
    }
}
