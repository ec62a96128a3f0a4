package dev.sluice.providers.protocol;

/**
 * Where providers' short-lived tokens come from, by what the config says of a deployment. Asked
 * once a deployment; what it returns renews itself.
 */
public interface TokenSources {

    /**
     * Google's, for Vertex.
     *
     * @throws IllegalArgumentException if the config names credentials that cannot be used; the
     *     message holds none of them
     */
    AccessTokens google(ProtocolSettings settings);

    /**
     * Microsoft Entra ID's, for Azure.
     *
     * @throws IllegalArgumentException if the config names credentials that cannot be used; the
     *     message holds none of them
     */
    AccessTokens entra(ProtocolSettings settings);
}
