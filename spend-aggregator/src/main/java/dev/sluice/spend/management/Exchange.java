package dev.sluice.spend.management;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.spend.accounts.AccountTransaction;
import dev.sluice.spend.accounts.Accounts;
import dev.sluice.spend.accounts.Caller;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/** One management call: who, what he says, and what is to be told besides the answer. */
final class Exchange {

    private final Caller caller;
    private final String action;
    private final Body body;
    private final Map<String, List<String>> query;
    private final @Nullable String pathId;
    private final Map<String, Long> changed = new LinkedHashMap<>();

    Exchange(
            Caller caller,
            String action,
            Body body,
            Map<String, List<String>> query,
            @Nullable String pathId) {
        this.caller = caller;
        this.action = action;
        this.body = body;
        this.query = query;
        this.pathId = pathId;
    }

    /** What a route does; what it returns is the answer. */
    interface Action {
        JsonNode answer(Exchange exchange);
    }

    Caller caller() {
        return caller;
    }

    Body body() {
        return body;
    }

    /** The id in the path, if the route has one. */
    @Nullable String pathId() {
        return pathId;
    }

    /** Changes accounts; who it is, is looked up in the same transaction. */
    <T> T change(Accounts accounts, BiFunction<AccountTransaction, Authority, T> work) {
        Accounts.Committed<T> committed =
                accounts.change(
                        caller,
                        action,
                        change -> work.apply(change, Authority.of(change.sql(), caller)));
        changed.putAll(committed.changed());
        return committed.result();
    }

    /** The versions that the answer is true from. */
    Map<String, Long> changed() {
        return changed;
    }

    /** Refuses any other parameter: a filter that is skipped would show more than was asked for. */
    Exchange only(String... names) {
        Set<String> known = Set.of(names);
        for (var parameter : query.entrySet()) {
            if (!known.contains(parameter.getKey())) {
                throw Refused.badRequest("This parameter is not known.", parameter.getKey());
            }
            if (parameter.getValue().size() != 1) {
                throw Refused.badRequest("This parameter is given twice.", parameter.getKey());
            }
        }
        return this;
    }

    /** A parameter; null if it is not given or empty. */
    @Nullable String parameter(String name) {
        List<String> values = query.get(name);
        if (values == null || values.isEmpty() || values.getFirst().isEmpty()) {
            return null;
        }
        return values.getFirst();
    }

    String required(String name) {
        String value = parameter(name);
        if (value == null) {
            throw Refused.badRequest("%s is missing.".formatted(name), name);
        }
        return value;
    }

    boolean flag(String name) {
        String value = parameter(name);
        if (value == null || value.equalsIgnoreCase("false")) {
            return false;
        }
        if (value.equalsIgnoreCase("true")) {
            return true;
        }
        throw Refused.badRequest("%s is neither true nor false.".formatted(name), name);
    }

    int number(String name, int usual, int least, int most) {
        String value = parameter(name);
        if (value == null) {
            return usual;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // told below
        }
        throw Refused.badRequest(
                "%s is not a number from %d to %d.".formatted(name, least, most), name);
    }
}
