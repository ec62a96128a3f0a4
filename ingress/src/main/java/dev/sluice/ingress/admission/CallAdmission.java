package dev.sluice.ingress.admission;

import dev.sluice.ingress.accounts.KeyDirectory;
import dev.sluice.ingress.admission.AdmissionSettings.CountedTokens;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.limits.Admission;
import dev.sluice.ingress.limits.Claim;
import dev.sluice.ingress.limits.Expected;
import dev.sluice.ingress.limits.Limiter;
import dev.sluice.ingress.limits.OutputEstimate;
import dev.sluice.ingress.limits.Reservation;
import dev.sluice.ingress.limits.Scope;
import dev.sluice.metering.Price;
import dev.sluice.metering.ServiceTier;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Lets calls in as far as their callers' limits go. A call reserves what it will probably use: its
 * prompt by its size, its answer by what answers to this key had before.
 */
public final class CallAdmission {

    /** A token is taken to be four bytes of text, until the provider has counted. */
    private static final int BYTES_A_TOKEN = 4;

    /** Enough tokens to see the price of one without rounding it away. */
    private static final int MANY = 1000;

    private final Limiter limiter;
    private final CallScopes scopes;
    private final CountedTokens counted;
    private final OutputEstimate outputs;

    /** What came of asking. */
    public sealed interface Decision {

        /** The call may go on; the ticket must be closed. */
        record Admitted(Ticket ticket) implements Decision {}

        /** A limit has no room. */
        record Refused(LimitReached limit) implements Decision {}
    }

    /** Decides by a limiter and by accounts. */
    public CallAdmission(
            Limiter limiter,
            AdmissionSettings settings,
            KeyDirectory directory,
            OutputEstimate outputs) {
        this.limiter = limiter;
        this.scopes = new CallScopes(settings, directory);
        this.counted = settings.tokens();
        this.outputs = outputs;
    }

    /**
     * Asks for one call.
     *
     * @param promptBytes size of what the model is to read
     * @param maxOutputTokens the most that the answer may have; 0 or less where nobody said
     * @param hasOutput whether the model writes anything
     * @param price of the model, null where none is known
     */
    public Decision admit(
            Caller caller,
            @Nullable String endUser,
            String modelGroup,
            int promptBytes,
            long maxOutputTokens,
            boolean hasOutput,
            @Nullable Price price) {
        return admit(
                caller,
                endUser,
                modelGroup,
                promptBytes,
                maxOutputTokens,
                hasOutput,
                price,
                Units.NONE);
    }

    /**
     * Asks for one call that uses more than tokens.
     *
     * @param asked what it will use besides them
     */
    public Decision admit(
            Caller caller,
            @Nullable String endUser,
            String modelGroup,
            int promptBytes,
            long maxOutputTokens,
            boolean hasOutput,
            @Nullable Price price,
            Units asked) {
        @Nullable List<Scope> limiting = scopes.of(caller, endUser, modelGroup);
        if (limiting == null) {
            return new Decision.Refused(LimitReached.unknown());
        }
        if (limiting.isEmpty()) {
            return new Decision.Admitted(
                    new Ticket(Reservation.ofNothing(), outputs, counted, "", modelGroup));
        }
        long input = Math.ceilDiv(promptBytes, BYTES_A_TOKEN);
        Expected output =
                hasOutput
                        ? outputs.expect(caller.keyHash(), modelGroup, maxOutputTokens)
                        : Expected.NOTHING;
        var claim = new Claim(limiting, tokens(input, output), cost(input, output, price, asked));
        return switch (limiter.admit(claim)) {
            case Admission.Admitted(var reservation) ->
                    new Decision.Admitted(
                            new Ticket(
                                    reservation, outputs, counted, caller.keyHash(), modelGroup));
            case Admission.Refused refused -> new Decision.Refused(LimitReached.of(refused));
        };
    }

    private Expected tokens(long input, Expected output) {
        return switch (counted) {
            case TOTAL -> new Expected(input + output.mean(), output.deviation());
            case INPUT -> Expected.exactly(input);
            case OUTPUT -> output;
        };
    }

    private static Expected cost(long input, Expected output, @Nullable Price price, Units asked) {
        if (price == null) {
            return Expected.NOTHING;
        }
        if (!asked.isNone()) {
            long known = price.cost(Usage.of(input, 0), asked, false, ServiceTier.STANDARD);
            return Expected.exactly(Math.max(0, known));
        }
        long perThousand = price.cost(Usage.of(0, MANY));
        return new Expected(
                price.cost(Usage.of(input, output.mean())),
                Math.multiplyExact(output.deviation(), perThousand) / MANY);
    }
}
