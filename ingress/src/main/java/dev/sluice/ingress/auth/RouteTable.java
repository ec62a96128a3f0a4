package dev.sluice.ingress.auth;

import static dev.sluice.ingress.auth.Access.ADMIN;
import static dev.sluice.ingress.auth.Access.ADMIN_VIEWER;
import static dev.sluice.ingress.auth.Access.ANY_KEY;
import static dev.sluice.ingress.auth.Access.ANY_USER;
import static dev.sluice.ingress.auth.Access.INTERNAL_USER;
import static dev.sluice.ingress.auth.Access.MASTER;
import static dev.sluice.ingress.auth.Access.PUBLIC;

import dev.sluice.ingress.auth.Route.Group;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Every route that is served, and who may call it. A route that is not in here cannot be built. */
public final class RouteTable {

    /** Before the paths that Azure's clients call. */
    public static final String AZURE = "/openai/deployments/{model}";

    /** The providers whose own APIs may be called, if the config says so. */
    public static final List<String> PASSED_THROUGH =
            List.of("openai", "anthropic", "gemini", "cohere", "mistral", "azure", "vllm");

    /** The methods of those calls. */
    public static final List<String> PASSED_METHODS =
            List.of("GET", "POST", "PUT", "PATCH", "DELETE");

    private static final List<String> MODEL_PATHS =
            List.of(
                    "/chat/completions",
                    "/completions",
                    "/embeddings",
                    "/rerank",
                    "/moderations",
                    "/images/generations",
                    "/audio/speech",
                    "/audio/transcriptions");
    private static final Set<Group> MODEL_CALL = Set.of(Group.LLM_API_ROUTES, Group.OPENAI_ROUTES);
    private static final Set<Group> MODEL_LIST =
            Set.of(Group.LLM_API_ROUTES, Group.OPENAI_ROUTES, Group.INFO_ROUTES);
    private static final Set<Group> INFO = Set.of(Group.INFO_ROUTES);
    private static final Set<Group> MANAGEMENT = Set.of(Group.MANAGEMENT_ROUTES);
    private static final Set<Group> MANAGEMENT_INFO =
            Set.of(Group.MANAGEMENT_ROUTES, Group.INFO_ROUTES);
    private static final Set<Group> OPEN = Set.of(Group.PUBLIC_ROUTES);

    private static final List<Route> SERVED_HERE = servedHere();
    private static final List<Route> MANAGED = managed();
    private static final List<Route> BATCH_SERVICE = filesAndBatches();

    private RouteTable() {}

    /** All routes. */
    public static List<Route> all() {
        List<Route> all = new ArrayList<>(SERVED_HERE);
        all.addAll(MANAGED);
        all.addAll(BATCH_SERVICE);
        return all;
    }

    /** The routes of the management API: authorised here, answered where the accounts are. */
    public static List<Route> management() {
        return MANAGED;
    }

    /**
     * The routes of files and batches: authorised here, answered where they are kept. The longer of
     * two that match comes first.
     */
    public static List<Route> batchService() {
        return BATCH_SERVICE;
    }

    /**
     * The route of a method and path.
     *
     * @throws IllegalArgumentException if nobody has said who may call it
     */
    public static Route of(String method, String path) {
        return all().stream()
                .filter(route -> route.method().equals(method) && route.path().equals(path))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "nobody has said who may call %s %s".formatted(method, path)));
    }

    /** The path of the route to a provider's own API. */
    public static String passThrough(String provider) {
        return "/" + provider + "/{path}";
    }

    private static List<Route> servedHere() {
        List<Route> routes = new ArrayList<>();
        for (String version : List.of("/v1", "")) {
            for (String path : MODEL_PATHS) {
                routes.add(new Route("POST", version + path, ANY_KEY, MODEL_CALL));
            }
            routes.add(new Route("POST", version + "/responses", ANY_KEY, MODEL_CALL));
            for (String method : List.of("GET", "DELETE")) {
                routes.add(new Route(method, version + "/responses/{id}", ANY_KEY, MODEL_CALL));
            }
            routes.add(new Route("GET", version + "/models", ANY_KEY, MODEL_LIST));
            routes.add(new Route("GET", version + "/models/{id}", ANY_KEY, MODEL_LIST));
            routes.add(new Route("GET", version + "/model/info", ANY_KEY, INFO));
        }
        for (String path : List.of("/v1/messages", "/v1/messages/count_tokens")) {
            routes.add(
                    new Route(
                            "POST",
                            path,
                            ANY_KEY,
                            Set.of(Group.LLM_API_ROUTES, Group.ANTHROPIC_ROUTES)));
        }
        routes.add(new Route("POST", "/v2/rerank", ANY_KEY, MODEL_CALL));
        for (String path : MODEL_PATHS) {
            routes.add(new Route("POST", AZURE + path, ANY_KEY, MODEL_CALL));
        }
        for (String provider : PASSED_THROUGH) {
            for (String method : PASSED_METHODS) {
                routes.add(
                        new Route(
                                method,
                                passThrough(provider),
                                ANY_KEY,
                                Set.of(Group.LLM_API_ROUTES)));
            }
        }
        routes.add(new Route("GET", "/model_group/info", ANY_KEY, INFO));
        routes.add(new Route("POST", "/v1/route/explain", ADMIN_VIEWER, INFO));
        routes.add(new Route("GET", "/spend/logs", ANY_KEY, Set.of(Group.SPEND_TRACKING_ROUTES)));
        routes.add(
                new Route(
                        "POST",
                        "/global/spend/reset",
                        MASTER,
                        Set.of(Group.SPEND_TRACKING_ROUTES)));
        routes.add(new Route("GET", "/cache/ping", ADMIN_VIEWER, MANAGEMENT_INFO));
        routes.add(new Route("GET", "/cache/redis/info", ADMIN_VIEWER, MANAGEMENT_INFO));
        routes.add(new Route("POST", "/cache/delete", ADMIN, MANAGEMENT));
        routes.add(new Route("POST", "/cache/flushall", ADMIN, MANAGEMENT));
        routes.add(new Route("GET", "/metrics", PUBLIC, OPEN));
        routes.add(new Route("GET", "/health/liveliness", PUBLIC, OPEN));
        routes.add(new Route("GET", "/health/liveness", PUBLIC, OPEN));
        routes.add(new Route("GET", "/health/readiness", PUBLIC, OPEN));
        return List.copyOf(routes);
    }

    private static List<Route> managed() {
        List<Route> routes = new ArrayList<>();
        post(routes, INTERNAL_USER, "/key", "generate", "update", "delete", "block", "unblock");
        post(routes, INTERNAL_USER, "/key", "regenerate", "{key}/regenerate");
        get(routes, ANY_KEY, "/key", "info");
        get(routes, ANY_USER, "/key", "list");
        post(routes, ADMIN, "/user", "new", "update", "delete");
        get(routes, ANY_USER, "/user", "info");
        get(routes, ADMIN_VIEWER, "/user", "list");
        post(routes, ADMIN, "/team", "new", "delete", "block", "unblock");
        post(routes, INTERNAL_USER, "/team", "update");
        post(routes, INTERNAL_USER, "/team", "member_add", "member_update", "member_delete");
        get(routes, ANY_KEY, "/team", "info");
        get(routes, ANY_USER, "/team", "list");
        get(routes, ANY_USER, "/v2/team", "list");
        post(routes, ADMIN, "/organization", "new", "update");
        routes.add(new Route("PATCH", "/organization/update", ADMIN, MANAGEMENT));
        post(routes, ADMIN, "/organization", "delete");
        routes.add(new Route("DELETE", "/organization/delete", ADMIN, MANAGEMENT));
        get(routes, ADMIN_VIEWER, "/organization", "info", "list");
        post(routes, ADMIN, "/budget", "new", "update", "delete");
        routes.add(new Route("POST", "/budget/info", ADMIN_VIEWER, MANAGEMENT_INFO));
        get(routes, ADMIN_VIEWER, "/budget", "list");
        for (String customer : List.of("/customer", "/end_user")) {
            post(routes, ADMIN, customer, "new", "update", "delete", "block", "unblock");
            get(routes, ADMIN_VIEWER, customer, "info", "list");
        }
        return List.copyOf(routes);
    }

    private static List<Route> filesAndBatches() {
        List<Route> routes = new ArrayList<>();
        for (String version : List.of("/v1", "")) {
            String files = version + "/files";
            String batches = version + "/batches";
            routes.add(new Route("POST", files, ANY_KEY, MODEL_CALL));
            routes.add(new Route("GET", files, ANY_KEY, MODEL_CALL));
            routes.add(new Route("GET", files + "/{id}/content", ANY_KEY, MODEL_CALL));
            routes.add(new Route("GET", files + "/{id}", ANY_KEY, MODEL_CALL));
            routes.add(new Route("DELETE", files + "/{id}", ANY_KEY, MODEL_CALL));
            routes.add(new Route("POST", batches, ANY_KEY, MODEL_CALL));
            routes.add(new Route("GET", batches, ANY_KEY, MODEL_CALL));
            routes.add(new Route("POST", batches + "/{id}/cancel", ANY_KEY, MODEL_CALL));
            routes.add(new Route("GET", batches + "/{id}", ANY_KEY, MODEL_CALL));
        }
        return List.copyOf(routes);
    }

    private static void post(List<Route> routes, Access access, String object, String... actions) {
        for (String action : actions) {
            routes.add(new Route("POST", object + "/" + action, access, MANAGEMENT));
        }
    }

    private static void get(List<Route> routes, Access access, String object, String... actions) {
        for (String action : actions) {
            routes.add(new Route("GET", object + "/" + action, access, MANAGEMENT_INFO));
        }
    }
}
