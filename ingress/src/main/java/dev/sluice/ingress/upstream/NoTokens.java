package dev.sluice.ingress.upstream;

import dev.sluice.providers.protocol.AccessTokens;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.TokenSources;

import java.util.Optional;

/** Until tokens are fetched: there are none. */
public final class NoTokens implements TokenSources {

    @Override
    public AccessTokens google(ProtocolSettings settings) {
        return Optional::empty;
    }

    @Override
    public AccessTokens entra(ProtocolSettings settings) {
        return Optional::empty;
    }
}
