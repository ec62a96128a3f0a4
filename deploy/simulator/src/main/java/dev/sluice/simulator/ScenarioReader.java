package dev.sluice.simulator;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.simulator.Scenario.Frequency;
import dev.sluice.simulator.ScenarioForm.FaultForm;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Reads scenarios, and refuses what is unknown, contradictory or out of range. */
final class ScenarioReader {

    private static final Set<String> OWN_FIELDS =
            Set.of("match", "profile", "latency_factor", "slots", "fault");
    private static final String FAULT = "fault";
    private static final double LATENCY_FACTOR_MAX = 10_000;
    private static final int SLOTS_MAX = 1_000_000;

    private final Profiles profiles;
    private final Duration holdMax;

    ScenarioReader(Profiles profiles, Duration holdMax) {
        this.profiles = profiles;
        this.holdMax = holdMax;
    }

    Scenario read(byte[] body) throws InvalidScenarioException {
        ScenarioForm form = form(body);
        FaultForm order = form.fault();
        check(
                inRange(form.latencyFactor(), 0, LATENCY_FACTOR_MAX),
                "latency_factor is not in [0, 10000]");
        check(inRange(form.slots(), 1, SLOTS_MAX), "slots is not in [1, 1000000]");
        return new Scenario(
                form,
                profile(form.profile()),
                order == null ? Fault.NONE : fault(order),
                order == null ? new Frequency(1, Long.MAX_VALUE, 0) : frequency(order));
    }

    /** The fields of a fault may stand in {@code fault} or beside it. */
    private static ScenarioForm form(byte[] body) throws InvalidScenarioException {
        try {
            JsonNode root = Json.MAPPER.readTree(body);
            if (!(root instanceof ObjectNode scenario)) {
                throw new InvalidScenarioException("a scenario is a JSON object");
            }
            check(
                    !scenario.has(FAULT) || scenario.get(FAULT).isObject(),
                    "fault is not a JSON object");
            List<String> loose = new ArrayList<>();
            scenario.fieldNames().forEachRemaining(loose::add);
            loose.removeAll(OWN_FIELDS);
            if (!loose.isEmpty()) {
                ObjectNode fault = scenario.withObjectProperty(FAULT);
                loose.forEach(name -> fault.set(name, scenario.remove(name)));
            }
            return Json.MAPPER.treeToValue(scenario, ScenarioForm.class);
        } catch (UnrecognizedPropertyException e) {
            throw new InvalidScenarioException("\"" + e.getPropertyName() + "\" is not known");
        } catch (JacksonException e) {
            throw new InvalidScenarioException(e.getOriginalMessage());
        } catch (IOException e) {
            throw new InvalidScenarioException("the body is not readable");
        }
    }

    private @Nullable LatencyProfile profile(@Nullable String name)
            throws InvalidScenarioException {
        if (name == null) {
            return null;
        }
        return profiles.named(name)
                .orElseThrow(
                        () -> new InvalidScenarioException("there is no profile \"" + name + "\""));
    }

    private static Frequency frequency(FaultForm order) throws InvalidScenarioException {
        check(inRange(order.share(), 0, 1), "share is not in [0, 1]");
        check(order.count() == null || order.count() >= 0, "count is negative");
        return new Frequency(
                order.share() == null ? 1 : order.share(),
                order.count() == null ? Long.MAX_VALUE : order.count(),
                order.seed() == null ? 0 : order.seed());
    }

    private Fault fault(FaultForm order) throws InvalidScenarioException {
        List<Fault> faults = new ArrayList<>();
        if (order.status() != null) {
            check(inRange(order.status(), 400, 599), "status is not in [400, 599]");
            check(inRange(order.retryAfter(), 0, 86_400), "retry_after is not in [0, 86400] s");
            faults.add(
                    new Fault.Refusal(
                            order.status(), order.retryAfter(), order.code(), order.message()));
        }
        if (isTrue(order.blackHole())) {
            faults.add(new Fault.BlackHole());
        }
        if (order.cutAfterBytes() != null) {
            check(order.cutAfterBytes() >= 0, "cut_after_bytes is negative");
            faults.add(new Fault.Cut(order.cutAfterBytes()));
        }
        if (order.stallAfterBytes() != null) {
            check(order.stallAfterBytes() >= 0, "stall_after_bytes is negative");
            faults.add(new Fault.Stall(order.stallAfterBytes(), stallNanos(order.stallMs())));
        }
        if (isTrue(order.malformedSse())) {
            faults.add(new Fault.MalformedSse());
        }
        if (isTrue(order.noUsage())) {
            faults.add(new Fault.NoUsage());
        }
        check(faults.size() <= 1, "a scenario has one fault, this has " + faults.size());
        check(
                order.stallMs() == null || order.stallAfterBytes() != null,
                "stall_ms needs stall_after_bytes");
        check(order.retryAfter() == null || order.status() != null, "retry_after needs status");
        return faults.isEmpty() ? Fault.NONE : faults.getFirst();
    }

    /** A stall without a length is as long as any may be. */
    private long stallNanos(@Nullable Long millis) throws InvalidScenarioException {
        check(
                inRange(millis, 0, (double) holdMax.toMillis()),
                "stall_ms is not in [0, " + holdMax.toMillis() + "]");
        return millis == null ? holdMax.toNanos() : TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private static boolean isTrue(@Nullable Boolean flag) {
        return flag != null && flag;
    }

    private static boolean inRange(@Nullable Number value, double min, double max) {
        return value == null || (value.doubleValue() >= min && value.doubleValue() <= max);
    }

    private static void check(boolean holds, String problem) throws InvalidScenarioException {
        if (!holds) {
            throw new InvalidScenarioException(problem);
        }
    }
}
