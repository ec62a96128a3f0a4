package dev.sluice.ingress.http;

import dev.sluice.ingress.auth.Access;
import dev.sluice.ingress.auth.AllowedAddresses;
import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.HeaderSource;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteAccess;
import dev.sluice.ingress.errors.ApiError;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The one way in: tells who is calling, and whether he may call this route. */
final class Gate {

    /**
     * Who calls a route that the operator has opened: nobody, and limited to what such routes do.
     */
    private static final Authentication ANYBODY =
            new Authentication.Accepted(new Caller("", null, null));

    private final Authenticator authenticator;
    private final RouteAccess routes;
    private final AllowedAddresses addresses;

    /** The headers that the rules ask for: constants, and those that the config names. */
    private final Map<String, HeaderName> names = new ConcurrentHashMap<>();

    Gate(Authenticator authenticator, RouteAccess routes, AllowedAddresses addresses) {
        this.authenticator = authenticator;
        this.routes = routes;
        this.addresses = addresses;
    }

    /** Lets a caller in, or says why not. May wait 300 ms for a key that was just made. */
    Authentication admit(Route route, ServerRequest request) {
        boolean isPublic = routes.isPublic(route);
        if (isPublic && route.access() == Access.PUBLIC) {
            return ANYBODY;
        }
        HeaderSource headers = headers(request);
        InetAddress peer = peer(request);
        ApiError elsewhere = addresses.refusal(authenticator.certainAddress(headers, peer));
        if (elsewhere != null) {
            return Authentication.Refused.of(elsewhere);
        }
        if (isPublic) {
            return ANYBODY;
        }
        Authentication authentication = authenticator.authenticate(headers, peer);
        if (authentication instanceof Authentication.Accepted(var caller)) {
            ApiError refusal = routes.refusal(caller, route);
            return refusal == null ? authentication : Authentication.Refused.of(refusal);
        }
        return authentication;
    }

    /** Where a call comes from, in digits. */
    String address(ServerRequest request) {
        return authenticator.address(headers(request), peer(request)).getHostAddress();
    }

    /** The headers of a request, for who need not know the server. */
    HeaderSource headers(ServerRequest request) {
        return name -> request.headers().all(name(name), List::of);
    }

    private HeaderName name(String name) {
        HeaderName known = names.get(name);
        return known != null ? known : names.computeIfAbsent(name, HeaderNames::create);
    }

    private static InetAddress peer(ServerRequest request) {
        return request.remotePeer().address() instanceof InetSocketAddress socket
                        && socket.getAddress() != null
                ? socket.getAddress()
                : InetAddress.getLoopbackAddress();
    }
}
