package dev.sluice.spend.management;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.spend.accounts.AccountDefaults;
import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Accounts;
import dev.sluice.spend.accounts.Json;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * LiteLLM's management routes. The ingress has decided that the caller's role may call a route;
 * what it takes the objects to decide is decided here, in the transaction of the change.
 *
 * <p>An answer names the new versions in {@code x-sluice-changed}, so that the ingress can wait
 * until it has seen them.
 */
public final class Management {

    private static final Logger LOGGER = LoggerFactory.getLogger(Management.class);
    private static final HeaderName CHANGED = HeaderNames.create("x-sluice-changed");
    private static final int BODY_BYTES_MAX = 1 << 20;

    /**
     * SQLSTATEs that blame the moment, not the call; jOOQ says 00000 where there is no connection.
     */
    private static final List<String> AWAY =
            List.of("00", "08", "25", "53", "55", "57", "58", "40", "42P01");

    private static final int CALLS_MAX = 64;
    private static final Duration WAIT_FOR_TURN = Duration.ofSeconds(5);

    /** The last versions are the newest: whoever has seen them has seen all. */
    private static final int CHANGED_MAX = 16;

    private final Keys keys;
    private final Users users;
    private final Teams teams;
    private final Members members;
    private final Organizations organizations;
    private final Budgets budgets;
    private final Customers customers;
    private final Semaphore calls = new Semaphore(CALLS_MAX);

    /**
     * @param timezone whose midnights begin budget periods
     * @throws IllegalArgumentException if the defaults are no values of the fields they name
     */
    public Management(
            Accounts accounts, AccountDefaults defaults, ZoneId timezone, InstantSource clock) {
        var view = new AccountView(timezone, clock);
        try {
            checked(defaults);
            keys =
                    new Keys(
                            accounts,
                            view,
                            new KeyBounds(defaults),
                            Body.of(defaults.key()),
                            timezone);
            users = new Users(accounts, view, keys, defaults);
            teams = new Teams(accounts, view, Body.of(defaults.team()));
        } catch (Refused e) {
            throw new IllegalArgumentException("account defaults: " + e.getMessage(), e);
        }
        members = new Members(accounts, view);
        organizations = new Organizations(accounts, view);
        budgets = new Budgets(accounts, view);
        customers = new Customers(accounts, view);
    }

    private static void checked(AccountDefaults defaults) {
        KeyRequest.of(Body.of(defaults.key()));
        Body.of(defaults.user()).changes(AccountKind.USER);
        Body.of(defaults.team()).changes(AccountKind.TEAM);
    }

    /** Registers the routes. */
    public void register(HttpRouting.Builder routing) {
        keys(routing);
        users(routing);
        teams(routing);
        organizations(routing);
        budgets(routing);
        customers(routing, "/customer");
        customers(routing, "/end_user");
    }

    private void keys(HttpRouting.Builder routing) {
        route(routing, Method.POST, "/key/generate", keys::generate);
        route(routing, Method.POST, "/key/update", keys::update);
        route(routing, Method.POST, "/key/delete", keys::delete);
        route(routing, Method.POST, "/key/block", keys::block);
        route(routing, Method.POST, "/key/unblock", keys::unblock);
        route(routing, Method.POST, "/key/regenerate", keys::regenerate);
        route(routing, Method.POST, "/key/{id}/regenerate", keys::regenerate);
        route(routing, Method.GET, "/key/info", keys::info);
        route(routing, Method.GET, "/key/list", keys::list);
    }

    private void users(HttpRouting.Builder routing) {
        route(routing, Method.POST, "/user/new", users::create);
        route(routing, Method.POST, "/user/update", users::update);
        route(routing, Method.POST, "/user/delete", users::delete);
        route(routing, Method.GET, "/user/info", users::info);
        route(routing, Method.GET, "/user/list", users::list);
    }

    private void teams(HttpRouting.Builder routing) {
        route(routing, Method.POST, "/team/new", teams::create);
        route(routing, Method.POST, "/team/update", teams::update);
        route(routing, Method.POST, "/team/delete", teams::delete);
        route(routing, Method.POST, "/team/block", teams::block);
        route(routing, Method.POST, "/team/unblock", teams::unblock);
        route(routing, Method.POST, "/team/member_add", members::add);
        route(routing, Method.POST, "/team/member_update", members::update);
        route(routing, Method.POST, "/team/member_delete", members::delete);
        route(routing, Method.GET, "/team/info", teams::info);
        route(routing, Method.GET, "/team/list", teams::list);
        route(routing, Method.GET, "/v2/team/list", teams::listPaged);
    }

    private void organizations(HttpRouting.Builder routing) {
        route(routing, Method.POST, "/organization/new", organizations::create);
        route(routing, Method.POST, "/organization/update", organizations::update);
        route(routing, Method.PATCH, "/organization/update", organizations::update);
        route(routing, Method.POST, "/organization/delete", organizations::delete);
        route(routing, Method.DELETE, "/organization/delete", organizations::delete);
        route(routing, Method.GET, "/organization/info", organizations::info);
        route(routing, Method.GET, "/organization/list", organizations::list);
    }

    private void budgets(HttpRouting.Builder routing) {
        route(routing, Method.POST, "/budget/new", budgets::create);
        route(routing, Method.POST, "/budget/update", budgets::update);
        route(routing, Method.POST, "/budget/delete", budgets::delete);
        route(routing, Method.POST, "/budget/info", budgets::info);
        route(routing, Method.GET, "/budget/list", budgets::list);
    }

    private void customers(HttpRouting.Builder routing, String path) {
        route(routing, Method.POST, path + "/new", customers::create);
        route(routing, Method.POST, path + "/update", customers::update);
        route(routing, Method.POST, path + "/delete", customers::delete);
        route(routing, Method.POST, path + "/block", customers::block);
        route(routing, Method.POST, path + "/unblock", customers::unblock);
        route(routing, Method.GET, path + "/info", customers::info);
        route(routing, Method.GET, path + "/list", customers::list);
    }

    private void route(
            HttpRouting.Builder routing, Method method, String path, Exchange.Action action) {
        boolean hasId = path.contains("{id}");
        routing.route(
                method,
                path,
                (request, response) -> {
                    try {
                        inTurn(request, response, path, hasId, action);
                    } catch (Refused e) {
                        send(response.status(e.status()), e.json());
                    }
                });
    }

    /** So many at a time that the pool of connections is not what they wait for. */
    private void inTurn(
            ServerRequest request,
            ServerResponse response,
            String path,
            boolean hasId,
            Exchange.Action action)
            throws InterruptedException {
        if (!calls.tryAcquire(WAIT_FOR_TURN.toMillis(), TimeUnit.MILLISECONDS)) {
            throw Refused.unavailable("Too many management calls; try again.");
        }
        try {
            var exchange =
                    new Exchange(
                            CallerHeaders.of(request),
                            path,
                            Body.of(bytes(request)),
                            parameters(request),
                            hasId ? request.path().pathParameters().get("id") : null);
            JsonNode answer = action.answer(exchange);
            ArrayNode warnings = exchange.body().warnings();
            if (!warnings.isEmpty() && answer instanceof ObjectNode object) {
                object.set("warnings", warnings);
            }
            if (!exchange.changed().isEmpty()) {
                response.header(CHANGED, changed(exchange.changed()));
            }
            send(response, answer);
        } catch (DataAccessException e) {
            throw refusal(e, path);
        } catch (Refused e) {
            throw e;
        } catch (RuntimeException e) {
            // The path of the route, not of the request: that one may hold a key.
            LOGGER.atError().addKeyValue("path", path).setCause(e).log("management call failed");
            throw Refused.internal();
        } finally {
            calls.release();
        }
    }

    private static Refused refusal(DataAccessException e, String path) {
        String state = e.sqlState();
        if (!isAway(state) && !state.startsWith("22") && !state.startsWith("23")) {
            LOGGER.atError().addKeyValue("path", path).setCause(e).log("management call failed");
            return Refused.internal();
        }
        if (!isAway(state)) {
            LOGGER.atWarn()
                    .addKeyValue("path", path)
                    .addKeyValue("sqlState", state)
                    .log("the database refuses a management call");
            return Refused.badRequest("The change contradicts what is stored.", null);
        }
        LOGGER.atWarn()
                .addKeyValue("path", path)
                .addKeyValue("sqlState", state)
                .log("accounts cannot be reached");
        return Refused.unavailable("The accounts cannot be reached now; try again.");
    }

    /**
     * No connection, no room, shutting down, a lock held too long, or the tables are still to come.
     */
    private static boolean isAway(String state) {
        return AWAY.stream().anyMatch(state::startsWith);
    }

    private static byte[] bytes(ServerRequest request) {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        long length = request.headers().contentLength().orElse(0);
        if (length > BODY_BYTES_MAX) {
            throw Refused.tooLarge(BODY_BYTES_MAX);
        }
        try {
            byte[] bytes = request.content().inputStream().readNBytes(BODY_BYTES_MAX + 1);
            if (bytes.length > BODY_BYTES_MAX) {
                throw Refused.tooLarge(BODY_BYTES_MAX);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, List<String>> parameters(ServerRequest request) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (String name : request.query().names()) {
            List<String> values = request.query().all(name);
            if (!values.stream().allMatch(Json::isStorable)) {
                throw Refused.badRequest("A parameter has a NUL or half a surrogate pair.", null);
            }
            parameters.put(name, values);
        }
        return parameters;
    }

    private static String changed(Map<String, Long> versions) {
        return versions.entrySet().stream()
                .skip(Math.max(0, versions.size() - CHANGED_MAX))
                .map(one -> encoded(one.getKey()) + "=" + one.getValue())
                .collect(Collectors.joining(","));
    }

    private static String encoded(String recordKey) {
        return URLEncoder.encode(recordKey, UTF_8).replace("+", "%20");
    }

    private static void send(ServerResponse response, JsonNode json) {
        response.header(HeaderValues.CONTENT_TYPE_JSON).send(Json.bytes(json));
    }
}
