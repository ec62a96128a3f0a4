package dev.sluice.ingress.auth;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.ingress.accounts.KeyDirectory;
import dev.sluice.ingress.accounts.KeyHash;
import dev.sluice.ingress.accounts.Resolution;
import dev.sluice.ingress.auth.Authentication.Accepted;
import dev.sluice.ingress.auth.Authentication.Refused;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.function.LongSupplier;

/**
 * Tells callers by their key: the master key, or a virtual key of the accounts. Without a master
 * key everybody is admin: then the gateway listens on loopback only.
 *
 * <p>Errors are LiteLLM's: 401 for no key, one that is not known, a blocked one; 400 for an expired
 * one; 503 where the accounts cannot tell; 429 for an address that keeps failing.
 */
public final class Authenticator {

    private static final String VIRTUAL_KEY = "sk-";

    private final byte @Nullable [] masterKeyHash;
    private final Accepted admin;
    private final KeyDirectory keys;
    private final CredentialReader credentials;
    private final boolean isForwarded;
    private final InstantSource clock;
    private final FailedAttempts failedAttempts;
    private final @Nullable ServiceCallers services;

    /** Knows the master key, or none, and the keys of a directory. */
    public Authenticator(@Nullable Secret masterKey, KeyDirectory keys, AccessSettings settings) {
        this(masterKey, keys, settings, InstantSource.system(), System::nanoTime);
    }

    Authenticator(
            @Nullable Secret masterKey,
            KeyDirectory keys,
            AccessSettings settings,
            InstantSource clock,
            LongSupplier nanoTime) {
        this(masterKey, keys, settings, clock, nanoTime, null);
    }

    private Authenticator(
            @Nullable Secret masterKey,
            KeyDirectory keys,
            AccessSettings settings,
            InstantSource clock,
            LongSupplier nanoTime,
            @Nullable ServiceCallers services) {
        this.services = services;
        this.masterKeyHash = masterKey == null ? null : KeyHash.sha256(masterKey.reveal());
        this.admin =
                new Accepted(
                        Caller.master(
                                masterKeyHash == null
                                        ? ""
                                        : HexFormat.of().formatHex(masterKeyHash)));
        this.keys = keys;
        this.credentials = new CredentialReader(settings.keyHeaderName());
        this.isForwarded = settings.useXForwardedFor();
        this.clock = clock;
        this.failedAttempts = new FailedAttempts(nanoTime);
    }

    /**
     * Knows the same keys, for a listener that only our services reach: they show their credential
     * and say on whose behalf they call, and what that key may do holds.
     */
    public static Authenticator forServices(
            @Nullable Secret masterKey,
            KeyDirectory keys,
            AccessSettings settings,
            Secret credential) {
        return new Authenticator(
                masterKey,
                keys,
                settings,
                InstantSource.system(),
                System::nanoTime,
                new ServiceCallers(credential));
    }

    /** Whether anybody may come in. */
    public boolean isOpen() {
        return masterKeyHash == null;
    }

    /**
     * Tells a caller by his headers. Waits at most 300 ms, for a key that was made a moment ago.
     *
     * @param peer the other end of his connection
     */
    public Authentication authenticate(HeaderSource headers, InetAddress peer) {
        if (services != null) {
            return onBehalf(services.read(headers));
        }
        if (masterKeyHash == null) {
            return admin;
        }
        return switch (credentials.read(headers)) {
            case Credential.Unusable(var error, var isFailure) ->
                    isFailure ? failed(error, address(headers, peer)) : Refused.of(error);
            case Credential.Key(var text) -> authenticate(text, masterKeyHash, headers, peer);
        };
    }

    private Authentication onBehalf(ServiceCallers.@Nullable OnBehalf asked) {
        if (asked == null) {
            return Refused.of(AccessErrors.NO_KEY);
        }
        Authentication owner = owner(asked.keyHash());
        return owner instanceof Accepted(var caller)
                ? new Accepted(caller.calling(asked.line()))
                : owner;
    }

    private Authentication owner(String hash) {
        if (masterKeyHash == null || hash.equals(admin.caller().keyHash())) {
            return admin;
        }
        KeyHash key = KeyHash.parse(hash);
        if (key == null) {
            return Refused.of(AccessErrors.UNKNOWN_KEY);
        }
        return switch (keys.resolve(key, false)) {
            case Resolution.Found(var accounts) -> admit(accounts);
            case Resolution.NotReady(var reason) -> Refused.of(AccessErrors.notReady(reason));
            case Resolution.Unknown _ -> Refused.of(AccessErrors.UNKNOWN_KEY);
        };
    }

    /** The caller's address, as the settings tell it. */
    public InetAddress address(HeaderSource headers, InetAddress peer) {
        return ClientAddress.of(headers, peer, isForwarded);
    }

    /** The caller's address; null where a proxy tells it in a way that cannot be read. */
    public @Nullable InetAddress certainAddress(HeaderSource headers, InetAddress peer) {
        return ClientAddress.certain(headers, peer, isForwarded);
    }

    private Authentication authenticate(
            String key, byte[] master, HeaderSource headers, InetAddress peer) {
        byte[] hash = KeyHash.sha256(key);
        if (MessageDigest.isEqual(hash, master)) {
            return admin;
        }
        if (!key.startsWith(VIRTUAL_KEY)) {
            return failed(AccessErrors.NOT_A_KEY, address(headers, peer));
        }
        InetAddress address = address(headers, peer);
        return switch (keys.resolve(KeyHash.of(hash), !failedAttempts.isOver(address))) {
            case Resolution.Found(var accounts) -> admit(accounts);
            case Resolution.NotReady(var reason) -> Refused.of(AccessErrors.notReady(reason));
            case Resolution.Unknown _ -> failed(AccessErrors.UNKNOWN_KEY, address);
        };
    }

    private Authentication admit(KeyAccounts accounts) {
        ApiKey key = accounts.key();
        if (key.blocked()) {
            return Refused.of(AccessErrors.BLOCKED_KEY);
        }
        Instant expiresAt = key.expiresAt();
        if (expiresAt != null && !clock.instant().isBefore(expiresAt)) {
            return Refused.of(AccessErrors.expired(expiresAt));
        }
        if (accounts.team() != null && accounts.team().blocked()) {
            return Refused.of(AccessErrors.BLOCKED_TEAM);
        }
        if (accounts.user() != null && accounts.user().blocked()) {
            return Refused.of(AccessErrors.BLOCKED_USER);
        }
        return new Accepted(Caller.of(accounts));
    }

    private Refused failed(ApiError error, InetAddress address) {
        long waitSeconds = failedAttempts.count(address);
        return waitSeconds == 0
                ? Refused.of(error)
                : new Refused(AccessErrors.TOO_MANY_FAILURES, waitSeconds);
    }

    /** A key as the books have it: SHA-256 in hex of the whole key. */
    public static String hashOf(String key) {
        return HexFormat.of().formatHex(KeyHash.sha256(key));
    }
}
