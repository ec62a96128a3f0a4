package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;

import dev.sluice.schemas.accounts.BudgetPeriod;
import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Shape;
import dev.sluice.spend.accounts.Shapes;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a body says of a key.
 *
 * @param fields its columns
 * @param duration how long it lives; null: not said, or for ever
 * @param setsDuration whether the body names the duration
 * @param spend picodollars that it has spent; null: not said
 */
record KeyRequest(
        Changes fields, @Nullable String duration, boolean setsDuration, @Nullable Long spend) {

    /** LiteLLM's word for no expiry. */
    private static final String FOR_EVER = "-1";

    private static final Pattern AT_ONCE = Pattern.compile("0(s|m|h|d|w|mo)");
    private static final Pattern MONTHS = Pattern.compile("([0-9]+)mo");

    private static final Shape<String> LIFETIME =
            new Shape<>(
                    Shapes.DURATION.expectation() + ", or -1 for ever",
                    node ->
                            node.isTextual() && isLifetime(node.textValue())
                                    ? Optional.of(node.textValue())
                                    : Optional.empty(),
                    Shapes.DURATION.writer());

    static KeyRequest of(Body body) {
        return of(body, _ -> true);
    }

    /** The same of some fields only. */
    static KeyRequest of(Body body, Predicate<String> named) {
        Changes fields = body.changes(AccountKind.KEY, named);
        String type =
                body.optional(
                        "key_type", Shapes.word("default", "llm_api", "management", "read_only"));
        if (type != null && !type.equals("default")) {
            String group =
                    switch (type) {
                        case "llm_api" -> "llm_api_routes";
                        case "management" -> "management_routes";
                        default -> "info_routes";
                    };
            fields.set(ACCOUNT_KEYS.ALLOWED_ROUTES, new String[] {group});
        }
        String duration = body.optional("duration", LIFETIME);
        return new KeyRequest(
                fields,
                FOR_EVER.equals(duration) ? null : duration,
                body.has("duration"),
                body.optional("spend", Shapes.DOLLARS));
    }

    /** When a key expires that lives for a time from now on. */
    static @Nullable Instant expiry(@Nullable String duration, Instant now, ZoneId timezone) {
        if (duration == null) {
            return null;
        }
        Matcher months = MONTHS.matcher(duration);
        if (months.matches()) {
            return now.atZone(timezone).plusMonths(Long.parseLong(months.group(1))).toInstant();
        }
        return BudgetPeriod.lengthOf(duration).map(now::plus).orElse(now);
    }

    private static boolean isLifetime(String text) {
        return BudgetPeriod.isDuration(text)
                || text.equals(FOR_EVER)
                || AT_ONCE.matcher(text).matches();
    }
}
