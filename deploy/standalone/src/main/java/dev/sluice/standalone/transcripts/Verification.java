package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Serves every recording of a folder as it was, calls it through a whole gateway and compares what
 * the caller gets, and what is booked, with the facts.
 */
public final class Verification {

    /** Numbers are equal whatever their type. */
    private static final Comparator<JsonNode> VALUES =
            (a, b) ->
                    a.isNumber() && b.isNumber()
                            ? a.decimalValue().compareTo(b.decimalValue())
                            : a.equals(b) ? 0 : 1;

    private final List<Recording> recordings;
    private final int cuts;
    private final List<Made> made = new ArrayList<>();
    private final Map<Integer, List<Finding>> findings = new LinkedHashMap<>();
    private final Map<String, String> excepted = new LinkedHashMap<>();

    /** A call that was answered; what is booked for it is known when the gateway has stopped. */
    private record Made(int number, String where, ObjectNode expected, String callId) {}

    private Verification(List<Recording> recordings, int cuts) {
        this.recordings = recordings;
        this.cuts = cuts;
    }

    /**
     * Verifies the recordings below a folder.
     *
     * @param folder with {@code facts.jsonl} in it or beside it
     * @param scratch an empty folder for the gateway's journal
     * @param cuts in how many places each stream is cut in two; besides it comes an event at a
     *     time, a byte at a time and all at once
     * @throws IOException if the folder cannot be read
     */
    public static Verdict of(Path folder, Path scratch, int cuts)
            throws IOException, InterruptedException {
        return new Verification(Recordings.in(folder), cuts).run(scratch);
    }

    private Verdict run(Path scratch) throws IOException, InterruptedException {
        try (var provider = new RecordedProvider(recordings)) {
            Map<Integer, List<CallForm>> calls = callable(provider);
            String config = Deployments.config(calls.keySet(), recordings, provider);
            try (var gateway = new RecordedGateway(config, scratch)) {
                for (Map.Entry<Integer, List<CallForm>> call : calls.entrySet()) {
                    verify(call.getKey(), call.getValue(), provider, gateway);
                }
                Map<String, SpendEvent> booked = gateway.booked();
                for (Made call : made) {
                    compare(
                            call.number,
                            call.where,
                            metered(call.expected, true),
                            booked(booked.get(call.callId)));
                }
            }
        } catch (InvalidConfigException e) {
            throw new IOException("the gateway refuses its config: " + e.problems(), e);
        }
        List<Finding> all = new ArrayList<>();
        findings.values().forEach(all::addAll);
        int failed = findings.size();
        return new Verdict(recordings.size() - failed - excepted.size(), failed, all, excepted);
    }

    /** All that are neither left out nor without a case, nor refused by the gateway's config. */
    private Map<Integer, List<CallForm>> callable(RecordedProvider provider) {
        Map<Integer, List<CallForm>> calls = new LinkedHashMap<>();
        for (int number = 0; number < recordings.size(); number++) {
            Recording recording = recordings.get(number);
            switch (Cases.of(recording)) {
                case Case.Excepted(_, String reason) -> excepted.put(recording.file(), reason);
                case Case.Unknown _ ->
                        add(number, "", "case", "one for " + recording.endpoint(), "none");
                case Case.Called(List<CallForm> forms) -> calls.put(number, forms);
            }
        }
        String all = Deployments.config(calls.keySet(), recordings, provider);
        if (!RecordedGateway.refusal(all).isEmpty()) {
            calls.keySet().removeIf(number -> isRefused(number, provider));
        }
        return calls;
    }

    private boolean isRefused(int number, RecordedProvider provider) {
        String refusal =
                RecordedGateway.refusal(Deployments.config(List.of(number), recordings, provider));
        if (!refusal.isEmpty()) {
            add(number, "", "deployment", "one that can be called", refusal);
        }
        return !refusal.isEmpty();
    }

    private void verify(
            int number, List<CallForm> forms, RecordedProvider provider, RecordedGateway gateway)
            throws InterruptedException {
        Recording recording = recordings.get(number);
        for (CallForm form : forms) {
            boolean isFirst = form.equals(forms.getFirst());
            List<Delivery> deliveries = new ArrayList<>(List.of(new Delivery.Events()));
            if (recording.isStream()) {
                deliveries.addAll(Delivery.others(recording.body(), isFirst ? cuts : 0));
            }
            for (Delivery delivery : deliveries) {
                provider.deliver(number, delivery);
                String where =
                        (isFirst ? "" : " by " + form.path())
                                + (delivery instanceof Delivery.Events
                                        ? ""
                                        : " (" + delivery + ")");
                call(number, form, where, gateway);
            }
        }
        String path = recording.path();
        // Cohere's first API is called by its second.
        if (!path.isEmpty() && !path.equals("/v1/chat") && !path.equals(provider.asked(number))) {
            add(number, "", "path", path, provider.asked(number));
        }
    }

    private void call(int number, CallForm form, String where, RecordedGateway gateway)
            throws InterruptedException {
        Recording recording = recordings.get(number);
        ObjectNode request = form.request(recording).put("model", Deployments.group(number));
        try {
            Answer answer = gateway.post(form.path(), request);
            ObjectNode expected =
                    recording.isError()
                            ? form.expectedError(recording)
                            : form.expected(recording)
                                    .put("status", recording.response().path("status").asInt());
            ObjectNode found =
                    answer.status() / 100 == 2
                            ? form.found(answer, recording.isStream())
                            : ErrorFacts.found(answer);
            found.put("status", answer.status());
            if (!recording.isError() && found.has("error.message")) {
                add(number, where, "answer", "no error", found.toString());
            }
            if (found.has("broken")) {
                add(number, where, "stream", "no error", found.path("broken").toString());
            }
            compare(number, where, metered(expected, false), found);
            made.add(new Made(number, where, expected, answer.header("x-litellm-call-id")));
        } catch (IOException e) {
            add(number, where, "answer", "one", e.toString());
        }
    }

    /** Only what is booked, or all but that. */
    private static ObjectNode metered(ObjectNode expected, boolean wanted) {
        ObjectNode some = JsonTrees.MAPPER.createObjectNode();
        expected.properties().stream()
                .filter(fact -> fact.getKey().startsWith("metered.") == wanted)
                .forEach(fact -> some.set(fact.getKey(), fact.getValue()));
        return some;
    }

    private static ObjectNode booked(@Nullable SpendEvent event) {
        ObjectNode found = JsonTrees.MAPPER.createObjectNode();
        if (event != null) {
            Usage usage = event.usage();
            found.put("metered.status", event.status().name().toLowerCase(Locale.ROOT));
            found.put("metered.kind", event.kind().name().toLowerCase(Locale.ROOT));
            found.put("metered.prompt", usage.promptTokens());
            found.put("metered.completion", usage.completionTokens());
            found.put("metered.cached", usage.cachedRead());
            found.put("metered.written", usage.cacheWrite5m() + usage.cacheWrite1h());
            found.put("metered.reasoning", usage.reasoning());
            found.put("metered.queries", event.units().queries());
        }
        return found;
    }

    private void compare(int number, String where, ObjectNode expected, ObjectNode found) {
        for (Map.Entry<String, JsonNode> fact : expected.properties()) {
            JsonNode got = found.path(fact.getKey());
            if (!fact.getValue().equals(VALUES, got)) {
                add(
                        number,
                        where,
                        fact.getKey(),
                        fact.getValue().toString(),
                        got.isMissingNode() ? "nothing" : got.toString());
            }
        }
    }

    private void add(int number, String where, String fact, String expected, String got) {
        findings.computeIfAbsent(number, _ -> new ArrayList<>())
                .add(new Finding(recordings.get(number).file() + where, fact, expected, got));
    }
}
