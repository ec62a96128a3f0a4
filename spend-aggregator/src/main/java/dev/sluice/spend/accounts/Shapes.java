package dev.sluice.spend.accounts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.schemas.Rfc3339;
import dev.sluice.schemas.accounts.BudgetPeriod;

import org.jooq.JSONB;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;

/** The shapes of the accounts' fields. Every one has a bound. */
public final class Shapes {

    /** The longest id. */
    public static final int ID_LENGTH = 256;

    private static final int TEXT_LENGTH = 512;
    private static final int ITEMS_MAX = 1_000;
    private static final int OBJECT_BYTES = 64 * 1024;
    private static final int DECIMAL_LENGTH = 40;

    /** 2^53 - 1: what every reader of JSON and every counter in Lua holds exactly. */
    private static final long COUNT_MAX = (1L << 53) - 1;

    /** True or false. */
    public static final Shape<Boolean> FLAG =
            new Shape<>(
                    "true or false",
                    node -> node.isBoolean() ? Optional.of(node.booleanValue()) : Optional.empty(),
                    Json.NODES::booleanNode);

    /** A whole number that is not negative. */
    public static final Shape<Long> COUNT =
            new Shape<>(
                    "a whole number from 0 to " + COUNT_MAX,
                    Shapes::count,
                    value -> Json.NODES.numberNode(value));

    /** US dollars, kept as picodollars. */
    public static final Shape<Long> DOLLARS =
            new Shape<>(
                    "a number of US dollars, from 0 to 9223372, with at most 12 decimals",
                    node -> node.isNumber() ? pico(node.decimalValue()) : Optional.empty(),
                    value -> Json.NODES.numberNode(Money.dollars(value)));

    /** A budget period. */
    public static final Shape<String> DURATION =
            texts("a duration like 30s, 30m, 1h, 30d or 1mo", BudgetPeriod::isDuration);

    /** A short text. */
    public static final Shape<String> TEXT =
            texts("a text of 1 to " + TEXT_LENGTH + " characters", Shapes::isShort);

    /** An account's id. */
    public static final Shape<String> ID =
            texts(
                    "a text of 1 to " + ID_LENGTH + " characters without control characters",
                    Shapes::isId);

    /** A team's id: a colon in it would make the account of a member's spend ambiguous. */
    public static final Shape<String> TEAM_ID =
            texts(
                    "a text of 1 to "
                            + ID_LENGTH
                            + " characters without colons or control characters",
                    text -> isId(text) && text.indexOf(':') < 0);

    /** A list of short texts. */
    public static final Shape<String[]> TEXTS =
            new Shape<>(
                    "a list of at most %d texts of 1 to %d characters"
                            .formatted(ITEMS_MAX, TEXT_LENGTH),
                    Shapes::list,
                    list -> Json.texts(Arrays.asList(list)));

    /** Texts by text. */
    public static final Shape<JSONB> TEXTS_BY_NAME = map("an object of texts", Shapes::storedText);

    /** Counts by name. */
    public static final Shape<JSONB> COUNTS_BY_NAME =
            map("an object of whole numbers", node -> count(node).map(Json.NODES::numberNode));

    /** Budgets by public model name. */
    public static final Shape<JSONB> MODEL_BUDGETS =
            new Shape<>(
                    "an object like {\"gpt-4o\": {\"budget_limit\": 1.5, \"time_period\": \"1d\"}}",
                    node -> stored(node, Shapes::storedModelBudget),
                    column -> shownModelBudgets(Json.read(column)));

    /** Anything in braces. */
    public static final Shape<JSONB> OBJECT =
            new Shape<>(
                    "an object of at most %d bytes".formatted(OBJECT_BYTES),
                    node -> node.isObject() ? bounded(node) : Optional.empty(),
                    Json::read);

    /** A time; only shown. */
    public static final Shape<Instant> TIME =
            new Shape<>(
                    "a time",
                    _ -> Optional.empty(),
                    value -> Json.NODES.textNode(Rfc3339.format(value)));

    private Shapes() {}

    /** One of some words. */
    public static Shape<String> word(String... words) {
        List<String> all = List.of(words);
        return texts("one of " + String.join(", ", all), all::contains);
    }

    private static Shape<String> texts(String expectation, Predicate<String> fits) {
        return new Shape<>(
                expectation,
                node ->
                        node.isTextual() && fits.test(node.textValue())
                                ? Optional.of(node.textValue())
                                : Optional.empty(),
                Json.NODES::textNode);
    }

    private static Shape<JSONB> map(
            String expectation, Function<JsonNode, Optional<? extends JsonNode>> value) {
        return new Shape<>(expectation, node -> stored(node, value), Json::read);
    }

    private static boolean isShort(String text) {
        return !text.isEmpty() && text.length() <= TEXT_LENGTH;
    }

    private static boolean isId(String text) {
        return !text.isBlank()
                && text.length() <= ID_LENGTH
                && text.chars().noneMatch(Character::isISOControl);
    }

    private static Optional<Long> count(JsonNode node) {
        boolean fits =
                node.isIntegralNumber()
                        && node.canConvertToLong()
                        && node.longValue() >= 0
                        && node.longValue() <= COUNT_MAX;
        return fits ? Optional.of(node.longValue()) : Optional.empty();
    }

    private static Optional<Long> pico(BigDecimal dollars) {
        OptionalLong pico = Money.pico(dollars);
        return pico.isPresent() ? Optional.of(pico.getAsLong()) : Optional.empty();
    }

    private static Optional<String[]> list(JsonNode node) {
        if (!node.isArray() || node.size() > ITEMS_MAX) {
            return Optional.empty();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : node) {
            if (!element.isTextual() || !isShort(element.textValue())) {
                return Optional.empty();
            }
            texts.add(element.textValue());
        }
        return Optional.of(texts.toArray(String[]::new));
    }

    private static Optional<JSONB> stored(
            JsonNode node, Function<JsonNode, Optional<? extends JsonNode>> value) {
        if (!node.isObject() || node.size() > ITEMS_MAX) {
            return Optional.empty();
        }
        ObjectNode stored = Json.object();
        for (var field : node.properties()) {
            Optional<? extends JsonNode> kept = value.apply(field.getValue());
            if (kept.isEmpty() || !isShort(field.getKey())) {
                return Optional.empty();
            }
            stored.set(field.getKey(), kept.get());
        }
        return Optional.of(Json.column(stored));
    }

    private static Optional<JSONB> bounded(JsonNode node) {
        return Json.bytes(node).length <= OBJECT_BYTES
                ? Optional.of(Json.column(node))
                : Optional.empty();
    }

    private static Optional<JsonNode> storedText(JsonNode node) {
        return TEXT.read(node).map(Json.NODES::textNode);
    }

    /** LiteLLM writes the limit as a number or as a text, under the one or the other name. */
    private static Optional<JsonNode> storedModelBudget(JsonNode node) {
        JsonNode limit =
                node.has("budget_limit") ? node.get("budget_limit") : node.path("max_budget");
        JsonNode period =
                node.has("time_period") ? node.get("time_period") : node.path("budget_duration");
        Optional<Long> pico = limit.isTextual() ? decimal(limit.textValue()) : DOLLARS.read(limit);
        boolean periodFits = period.isMissingNode() || DURATION.read(period).isPresent();
        if (pico.isEmpty() || !periodFits || !node.isObject() || node.size() > 2) {
            return Optional.empty();
        }
        ObjectNode stored = Json.object().put("limit_pico", pico.get());
        if (period.isTextual()) {
            stored.put("duration", period.textValue());
        }
        return Optional.of(stored);
    }

    private static Optional<Long> decimal(String text) {
        try {
            return text.length() > DECIMAL_LENGTH ? Optional.empty() : pico(new BigDecimal(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static JsonNode shownModelBudgets(JsonNode stored) {
        ObjectNode shown = Json.object();
        for (var field : stored.properties()) {
            ObjectNode budget = shown.putObject(field.getKey());
            budget.put(
                    "budget_limit", Money.dollars(field.getValue().path("limit_pico").longValue()));
            budget.set("time_period", field.getValue().get("duration"));
        }
        return shown;
    }
}
