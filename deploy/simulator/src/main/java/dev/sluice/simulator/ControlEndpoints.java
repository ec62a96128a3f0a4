package dev.sluice.simulator;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code /_sim/...}: sets and lists scenarios, shows and empties the ledger. */
final class ControlEndpoints {

    private static final int SCENARIO_BYTES_MAX = 64 << 10;

    private final ScenarioReader reader;
    private final Scenarios scenarios;
    private final Ledger ledger;

    ControlEndpoints(ScenarioReader reader, Scenarios scenarios, Ledger ledger) {
        this.reader = reader;
        this.scenarios = scenarios;
        this.ledger = ledger;
    }

    void addScenario(ServerRequest request, ServerResponse response) throws IOException {
        byte[] body = Bodies.read(request, SCENARIO_BYTES_MAX);
        if (body == null) {
            Replies.error(response, Rejection.tooLarge(SCENARIO_BYTES_MAX));
            return;
        }
        try {
            if (scenarios.add(reader.read(body))) {
                listScenarios(response);
            } else {
                Replies.error(
                        response, Rejection.invalid("There are too many scenarios.", null, null));
            }
        } catch (InvalidScenarioException e) {
            Replies.error(response, Rejection.invalid(String.valueOf(e.getMessage()), null, null));
        }
    }

    void listScenarios(ServerResponse response) throws IOException {
        Map<String, List<ScenarioForm>> list = Map.of("scenarios", scenarios.forms());
        Replies.json(response).send(Json.MAPPER.writeValueAsBytes(list));
    }

    void clearScenarios(ServerResponse response) throws IOException {
        scenarios.clear();
        listScenarios(response);
    }

    /** The ledger; {@code ?attempts=N} lists only the newest N. */
    void showLedger(ServerRequest request, ServerResponse response) throws IOException {
        int attemptsMax;
        try {
            String asked = request.query().first("attempts").orElse("" + Integer.MAX_VALUE);
            attemptsMax = Integer.parseUnsignedInt(asked);
        } catch (NumberFormatException e) {
            Replies.error(
                    response, Rejection.invalid("'attempts' is not a number.", "attempts", null));
            return;
        }
        Replies.json(response);
        LedgerWriter.write(ledger.snapshot(), Math.max(0, attemptsMax), response.outputStream());
    }

    void clearLedger(ServerResponse response) throws IOException {
        ledger.clear();
        LedgerWriter.write(ledger.snapshot(), 0, Replies.json(response).outputStream());
    }
}
